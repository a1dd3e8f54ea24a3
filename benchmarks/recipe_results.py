"""The results of finished cells, one line of JSON each."""

from __future__ import annotations

from pathlib import Path

from recipe_cells import Cell

from lsdc.config import TrainingConfig
from lsdc.json_lines import JsonLines, Row


class Results:
    """The results in a file."""

    def __init__(self, path: Path) -> None:
        self._lines = JsonLines(path)

    def rows(self) -> list[Row]:
        """Every finished result, in the order in which they were finished."""
        return self._lines.rows()

    def find(self, cell: Cell, data: dict[str, int]) -> Row | None:
        """The newest result of this cell with these hyperparameters on these data, if it is finished."""
        for row in reversed(self.rows()):
            same_data = row["data"] | data == row["data"]
            if row["recipe"] == cell.recipe and same_data and TrainingConfig.parse(row["config"]) == cell.config:
                return row
        return None

    def add(self, row: Row) -> None:
        """Append a result."""
        self._lines.add([row])
