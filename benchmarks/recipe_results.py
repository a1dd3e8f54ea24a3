"""The results of finished cells, one line of JSON each.

A line is written with its end in one go. So whatever a kill leaves, every line that ends is a whole result; a last line
that does not end is ignored, and overwritten by the next.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from recipe_cells import Cell

from lsdc.config import TrainingConfig

Row = dict[str, Any]


class Results:
    """The results in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self) -> list[Row]:
        """Every finished result, in the order in which they were finished."""
        return [json.loads(line) for line in self._whole_lines().splitlines()]

    def find(self, cell: Cell, data: dict[str, int]) -> Row | None:
        """The newest result of this cell with these hyperparameters on these data, if it is finished."""
        for row in reversed(self.rows()):
            same_data = row["data"] | data == row["data"]
            if row["recipe"] == cell.recipe and same_data and TrainingConfig.parse(row["config"]) == cell.config:
                return row
        return None

    def add(self, row: Row) -> None:
        """Append a result."""
        line = json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            file.truncate(len(self._whole_lines()))
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())

    def _whole_lines(self) -> bytes:
        content = self.path.read_bytes() if self.path.exists() else b""
        return content[: content.rfind(b"\n") + 1]
