"""Resident memory on as many rows as the challenge has: of the reader alone, and of a run through the program.

    python benchmarks/memory.py [--rows 48692] [--px 128] [--steps 100] [--folder DIR] [--json]

The rows are noise in a file (4 GB by default, in --folder). Memory is what Linux calls RssAnon: resident pages that no
file stands behind, since those of a mapped file are given back whenever somebody needs them. Each part is a process of
its own, watched from a thread: a pass of the reader over all rows, without a network; training through
the program; and bare `model.fit` of the same network, on one batch in memory.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from bars import Bar, report

# Scripts are started by their path, which puts their own folder on the path and not the project's.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


from lsdc.config import Precision, preset
from lsdc.training.made_up_rows import write_noise

PEERS = ("reader", "program", "bare")
# The program divides its rows; it is stopped before it validates.
VALIDATION_SHARE = 0.1

BEYOND_BARE_GB = 2.0
IN_ALL_GB = 6.0


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=48_692)
    parser.add_argument("--px", type=int, default=128)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--folder", type=Path, help="where the rows are written; a temporary folder if not given")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    config = preset("recommended").changed(image_px=arguments.px, precision=Precision.FLOAT32)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        write_noise(Path(folder), config, rows=arguments.rows)
        task = {
            "config": config.model_dump(mode="json"),
            "folder": folder,
            "steps": arguments.steps,
            "validation": round(VALIDATION_SHARE * arguments.rows),
        }
        peaks = {peer: _measure({"peer": peer, **task}) for peer in PEERS}
    read = f"{arguments.rows:,} rows read"
    trained = f"{arguments.steps} steps trained"
    beyond = max(peaks["reader"], peaks["program"]) - peaks["bare"]
    bars = [
        Bar(name=f"{read}, without a network, GB", value=peaks["reader"], bar=IN_ALL_GB, at_most=True),
        Bar(name=f"{trained} by this program, GB", value=peaks["program"], bar=IN_ALL_GB, at_most=True),
        Bar(
            name=f"beyond bare model.fit, which takes {peaks['bare']:.2f} GB",
            value=beyond,
            bar=BEYOND_BARE_GB,
            at_most=True,
        ),
    ]
    return report("Memory, resident and not of files", bars, as_json=arguments.json, details={"peaks_gb": peaks})


def _measure(task: dict[str, object]) -> float:
    """The peak of one part, in GB."""
    script = Path(__file__).with_name("memory_peers.py")
    answer = subprocess.run(
        [sys.executable, str(script), json.dumps(task)], capture_output=True, text=True, check=False
    )
    if answer.returncode:
        sys.exit(answer.stderr[-4000:])
    return float(answer.stdout.splitlines()[-1]) / 1e9


if __name__ == "__main__":
    raise SystemExit(main())
