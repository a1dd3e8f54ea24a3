"""The results of finished cells: one line of JSON each, and the probabilities that each gave the test rows.

A line is written with its end in one go, after the probabilities are there. So whatever a kill leaves, every line that
ends is a whole result; a last line that does not end is ignored, and overwritten by the next.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from recipe_cells import Cell

from lsdc.files import write_with

Row = dict[str, Any]


class Results:
    """The results in `<folder>/<name>.jsonl`, and the probabilities in `<folder>/<name>/`."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / f"{name}.jsonl"
        self._probabilities = folder / name

    def rows(self) -> list[Row]:
        """Every finished result, in the order in which they were finished."""
        if not self.path.exists():
            return []
        return [json.loads(line) for line in self._whole_lines().splitlines()]

    def find(self, cell: Cell, data: dict[str, int]) -> Row | None:
        """The newest result of this cell with these hyperparameters on these data, if it is finished."""
        wanted = {"recipe": cell.recipe, "seed": cell.config.seed, "changes": cell.changes}
        for row in reversed(self.rows()):
            if row | wanted == row and row["data"] | data == row["data"]:
                return row
        return None

    def add(self, cell: Cell, row: Row, probabilities: np.ndarray) -> None:
        """Append a result; probabilities are float (rows, 3), and kept as float32."""
        self._probabilities.mkdir(parents=True, exist_ok=True)
        write_with(
            self._probabilities / f"{cell.name}.npy", lambda path: np.save(path, probabilities.astype(np.float32))
        )
        end = len(self._whole_lines()) if self.path.exists() else 0
        with self.path.open("r+b" if self.path.exists() else "wb") as file:
            file.truncate(end)
            file.seek(end)
            file.write(json.dumps(row, ensure_ascii=False, allow_nan=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def probabilities(self, cell: Cell) -> np.ndarray:
        """What a finished cell gave the test rows, float32 (rows, 3)."""
        return np.asarray(np.load(self._probabilities / f"{cell.name}.npy"))

    def _whole_lines(self) -> bytes:
        content = self.path.read_bytes()
        return content[: content.rfind(b"\n") + 1]
