"""What scanning headers costs beside reading them bare.

    python benchmarks/headers.py [--files 20000] [--rounds 3] [--workers 2] [--json]

The peer is `pydicom.dcmread(path, stop_before_pixels=True)` over the same files, with joblib and as many processes. Ours
finds the files, reads them too, checks and converts what they say, looks whether each is whole, and writes the table.
Rounds of the two alternate, so that whatever else the machine does meets both.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import joblib
import pydicom
from bars import Bar, report

# Scripts are started by their path, which puts their own folder on the path and not the project's.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lsdc.dataset.headers import CHUNK_FILES, scan_headers
from lsdc.dataset.phantom import write_phantom

SERIES_FILES = 25
THROUGHPUT_RATIO = 0.7


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=joblib.cpu_count())
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_phantom(folder / "phantom", studies=2, image_px=64, workers=arguments.workers)
        copy_files(sorted((folder / "phantom").rglob("*.dcm")), folder / "data", arguments.files)
        bars = [_throughput(folder / "data", folder / "scans", arguments.workers, arguments.rounds)]
    return report("Headers", bars, as_json=arguments.json)


def copy_files(sources: list[Path], data_root: Path, count: int) -> None:
    """Fill a data set with copies of some slices, each a file of its own."""
    for number, source in zip(range(count), itertools.cycle(sources), strict=False):
        series = data_root / "train_images" / str(number // (4 * SERIES_FILES)) / str(number // SERIES_FILES)
        series.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, series / f"{number % SERIES_FILES}.dcm")


def _throughput(data_root: Path, scans: Path, workers: int, rounds: int) -> Bar:
    """Files per second of a scan, as a share of those of bare reading."""
    paths = sorted(data_root.rglob("*.dcm"))
    chunks = [paths[start : start + CHUNK_FILES] for start in range(0, len(paths), CHUNK_FILES)]
    bare, ours = [], []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        joblib.Parallel(n_jobs=workers)(joblib.delayed(_read_bare)(chunk) for chunk in chunks)
        between = time.perf_counter()
        shutil.rmtree(scans, ignore_errors=True)
        scan_headers(data_root, scans, workers=workers, report=lambda _done, _total: None)
        bare.append(between - began)
        ours.append(time.perf_counter() - between)
    # The first round warms up and does not count.
    fast, slow = statistics.median(bare[1:]), statistics.median(ours[1:])
    ratios = [peer / own for peer, own in zip(bare[1:], ours[1:], strict=True)]
    return Bar(
        name=f"header scan {len(paths) / slow:.0f} files/s, bare pydicom {len(paths) / fast:.0f} files/s, "
        f"{workers} processes, {len(paths)} files, medians of {rounds}: ratio",
        value=fast / slow,
        bar=THROUGHPUT_RATIO,
        spread=(min(ratios), max(ratios)),
    )


def _read_bare(paths: list[Path]) -> int:
    # What a dataset holds is not sent back: that would cost the peer more than the reading.
    return sum(pydicom.dcmread(path, stop_before_pixels=True) is not None for path in paths)


if __name__ == "__main__":
    raise SystemExit(main())
