"""Results that come one by one, a line of JSON each, in a file that a kill at any instant leaves readable.

A line is written with its end in one go. So whatever a kill leaves, every line that ends is a whole result; a last line
that does not end is ignored, and overwritten by the next.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class JsonLines:
    """The rows in a file, which need not be there yet."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self) -> list[Row]:
        """Every whole row, in the order in which they were added."""
        return [json.loads(line) for line in self._whole_lines().splitlines()]

    def add(self, rows: Iterable[Row]) -> None:
        """Append rows, and wait until they are on the disk. One process at a time may do it."""
        lines = "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            if not self._ends_well():
                file.truncate(len(self._whole_lines()))
            file.write(lines.encode())
            file.flush()
            os.fsync(file.fileno())

    def _ends_well(self) -> bool:
        with self.path.open("rb") as file:
            if file.seek(0, os.SEEK_END) == 0:
                return True
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"

    def _whole_lines(self) -> bytes:
        content = self.path.read_bytes() if self.path.exists() else b""
        return content[: content.rfind(b"\n") + 1]
