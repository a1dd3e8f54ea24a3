"""Finds the benchmarks as they find each other: by their own folder, which Python puts on the path of a script."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
