"""What cutting crops costs beside reading the same files bare.

    python benchmarks/crops.py [--studies 100] [--rounds 7] [--workers 2] [--json]

The peer is `pydicom.dcmread(path).pixel_array` over the same files, with joblib and as many processes. Ours reads them
too, and besides checks the headers, rescales, takes percentiles, cuts, resamples, and writes the cache. Rounds of the
two alternate, so that whatever else the machine does meets both.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pydicom
from bars import Bar, report

# Scripts are started by their path, which puts their own folder on the path and not the project's.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lsdc.config import CropConfig, InputKind, preset
from lsdc.dataset.dicom import read_slice
from lsdc.dataset.geometry import PixelPoint
from lsdc.dataset.phantom import write_phantom
from lsdc.dataset.tables import load_label_table, rows_for_training
from lsdc.preprocessing.cache import build_crop_cache
from lsdc.preprocessing.crops import extract_crop

IMAGE_PX = 320
THROUGHPUT_RATIO = 0.7
CROP_MS = 2.0


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--workers", type=int, default=joblib.cpu_count())
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    training = preset("report").changed(input_kind=InputKind.CROP, balance=False)
    config = training.crop
    with tempfile.TemporaryDirectory() as name:
        data_root = Path(name) / "phantom"
        write_phantom(data_root, studies=arguments.studies, seed=0, image_px=IMAGE_PX, workers=arguments.workers)
        table = rows_for_training(load_label_table(data_root), training)
        bars = [
            _throughput(table, data_root, config, Path(name) / "crops", arguments.workers, arguments.rounds),
            _one_crop(data_root / table["image"].iloc[0], config),
        ]
    return report("Crops", bars, as_json=arguments.json)


def _throughput(
    table: pd.DataFrame, data_root: Path, config: CropConfig, cache_root: Path, workers: int, rounds: int
) -> Bar:
    """Files per second of a cache build, as a share of those of bare reading."""
    paths = [data_root / image for image in table["image"].unique()]

    def read_bare() -> None:
        joblib.Parallel(n_jobs=workers)(joblib.delayed(_read_bare)(path) for path in paths)

    def build() -> None:
        shutil.rmtree(cache_root, ignore_errors=True)
        build_crop_cache(
            table, data_root, config, cache_root, workers=workers, report_progress=lambda _done, _total: None
        )

    bare, ours = _alternating_seconds([read_bare, build], rounds)
    return Bar(
        name=f"cache build {len(paths) / ours:.0f} files/s, bare pydicom {len(paths) / bare:.0f} files/s, "
        f"{workers} processes, {len(table)} crops of {len(paths)} files, medians of {rounds}: ratio",
        value=bare / ours,
        bar=THROUGHPUT_RATIO,
    )


def _read_bare(path: Path) -> tuple[int, ...]:
    return pydicom.dcmread(path).pixel_array.shape


def _one_crop(path: Path, config: CropConfig) -> Bar:
    """Milliseconds of one crop of a fresh slice, percentiles included."""
    image = read_slice(path)
    rows, cols = image.pixels.shape
    point = PixelPoint(row=rows / 2, col=cols / 2)

    def crop_of_fresh_slice() -> None:
        image.__dict__.pop("intensity_range", None)  # kept by the slice; a new slice has to find it
        extract_crop(image, point, config)

    (seconds,) = _alternating_seconds([crop_of_fresh_slice], 200)
    return Bar(
        name=f"one crop of {rows} × {cols} to {config.side_px} px, ms", value=seconds * 1000, bar=CROP_MS, at_most=True
    )


def _alternating_seconds(tasks: list[Callable[[], None]], rounds: int) -> list[float]:
    """The median duration of each task; the first round warms up and does not count."""
    seconds = np.empty((rounds + 1, len(tasks)))
    for times in seconds:
        for index, task in enumerate(tasks):
            began = time.perf_counter()
            task()
            times[index] = time.perf_counter() - began
    return [statistics.median(column) for column in seconds[1:].T.tolist()]


if __name__ == "__main__":
    raise SystemExit(main())
