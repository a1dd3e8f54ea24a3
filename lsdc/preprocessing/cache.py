"""The crops of a label table, cut once and kept: a memory-mapped array and the rows that it belongs to.

A cache is a folder `<key>` with `pixels.npy`, `mask.npy`, `rows.parquet` (position in the table, point fractions, spacing
and width of the image) and `skipped.parquet`. The key names all that the crops depend on, so a cache is never out of date; it appears whole,
by one rename, so there is never half of one. Everything in it can be made again.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Generator, Iterable
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from filelock import FileLock, Timeout
from numpy.lib.format import open_memmap

from lsdc.cluster import compute_on_cluster
from lsdc.config import CropConfig
from lsdc.dataset.geometry import PixelPoint
from lsdc.errors import DataError
from lsdc.files import sync_file, sync_folder
from lsdc.labels import Side
from lsdc.preprocessing.cutting import LabelledPoint, SeriesCrops, cut_series

# Raised whenever the same slices and settings give other crops, or the folder has other files.
FORMAT_VERSION = 2
# What rows.parquet tells of each row beside its position in the table.
TOLD = ["x_fraction", "y_fraction", "spacing_mm", "image_px"]

# Crops copied at a time when rows that could not be read are closed up.
_COPIED_ROWS = 1024


@dataclass(frozen=True, kw_only=True, eq=False)
class CropCache:
    """The crops of the readable rows of a label table.

    Args:
        pixels: uint8 (rows, num_slices, px, px), memory-mapped, read-only.
        mask: bool (rows, num_slices), True where a slice is a real one and no repetition.
        index: The rows of the label table, in its order and with its index labels, and four columns more: `x_fraction`
            and `y_fraction`, the position of the point on its (mirrored) slice as `point_fractions` gives it;
            `spacing_mm` of the slice's columns, NaN if it is not known, and its width, `image_px`.
        skipped: `image` and `reason` of the rows that have no crop.
    """

    pixels: np.ndarray
    mask: np.ndarray
    index: pd.DataFrame
    skipped: pd.DataFrame

    @classmethod
    def open(cls, folder: Path, table: pd.DataFrame) -> CropCache:
        """Open the cache of a label table."""
        rows = pd.read_parquet(folder / "rows.parquet")
        index = table.iloc[rows["row"].to_numpy()].copy()
        index[TOLD] = rows[TOLD].to_numpy()
        return cls(
            pixels=np.load(folder / "pixels.npy", mmap_mode="r"),
            mask=np.load(folder / "mask.npy"),
            index=index,
            skipped=pd.read_parquet(folder / "skipped.parquet"),
        )


def build_crop_cache(
    table: pd.DataFrame,
    data_root: Path,
    config: CropConfig,
    cache_root: Path,
    *,
    workers: int = 0,
    cluster: str | None = None,
    report_progress: Callable[[int, int], None],
) -> CropCache:
    """Open the cache of these rows, after cutting their crops if that was not done before.

    Rows whose image cannot be read, or whose point is not on it, are skipped and listed. While another process builds
    the same cache, this one waits for it.

    Args:
        table: Rows of the label table.
        data_root: The folder that `image` of the table is relative to.
        config: How crops are cut.
        cache_root: The folder of all caches.
        workers: Processes; 0 takes one per core.
        cluster: The Ray cluster that cuts them, as `host:port`; None cuts them on this machine.
        report_progress: Called with the rows that are done and all rows.

    Raises:
        DataError: If no row can be read.
        ClusterError: If there is no such cluster.
    """
    cache_root.mkdir(parents=True, exist_ok=True)
    key = cache_key(table, data_root, config)
    with FileLock(_lock_path(cache_root, key)):
        if not (cache_root / key).is_dir():
            _remove_leftovers(cache_root, own_key=key)
            partial = _partial_path(cache_root, key)
            partial.mkdir()
            try:
                cut = _cut_all(_points_by_series(table, data_root, config), config, workers, cluster)
                with closing(cut):
                    _write_cache(partial, table, config, cut, report_progress)
                partial.rename(cache_root / key)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
            sync_folder(cache_root)
    report_progress(len(table), len(table))
    return CropCache.open(cache_root / key, table)


def cache_key(table: pd.DataFrame, data_root: Path, config: CropConfig) -> str:
    """A hash of all that the crops of a table depend on: settings, points, and size and time of every image file."""
    digest = hashlib.sha256(f"{FORMAT_VERSION} {config.model_dump_json()}\n".encode())
    points = table[["image", "instance_number", "side", "x", "y"]]
    digest.update(points.to_csv(index=False).encode())
    images = {data_root / image for image in table["image"].unique()}
    if config.neighbours:
        images.update(path for folder in {image.parent for image in images} for path in folder.glob("*.dcm"))
    for image in sorted(images):
        digest.update(f"{image.relative_to(data_root)} {_state(image)}\n".encode())
    return digest.hexdigest()[:32]


def _state(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:  # a missing image is skipped later, with its reason
        return None
    return status.st_size, status.st_mtime_ns


def _lock_path(cache_root: Path, key: str) -> Path:
    return cache_root / f".{key}.lock"


def _partial_path(cache_root: Path, key: str) -> Path:
    return cache_root / f".{key}.partial"


def _remove_leftovers(cache_root: Path, own_key: str) -> None:
    """Remove what killed processes left behind; what another process is building is locked, and stays."""
    for partial in cache_root.glob(".*.partial"):
        key = partial.name.removeprefix(".").removesuffix(".partial")
        lock = nullcontext() if key == own_key else FileLock(_lock_path(cache_root, key), timeout=0)
        with suppress(Timeout), lock:
            shutil.rmtree(partial)


def _write_cache(
    folder: Path,
    table: pd.DataFrame,
    config: CropConfig,
    cut: Iterable[SeriesCrops],
    report_progress: Callable[[int, int], None],
) -> None:
    shape = (len(table), config.num_slices, config.side_px, config.side_px)
    pixels = open_memmap(folder / "pixels.npy", mode="w+", dtype=np.uint8, shape=shape)
    mask = np.zeros(shape[:2], bool)
    told = np.zeros((len(table), len(TOLD)))
    skipped: dict[int, str] = {}
    done = 0
    for series in cut:
        pixels[series.rows], mask[series.rows] = series.pixels, series.mask
        told[series.rows] = np.hstack([series.fractions, series.images])
        skipped.update(series.skipped)
        done += len(series.rows) + len(series.skipped)
        report_progress(done, len(table))
    rows = np.setdiff1d(np.arange(len(table)), list(skipped))
    if not len(rows):
        raise DataError(
            f"None of the {len(table)} rows has an image that can be read.",
            "Expected at least one readable image.",
            next(iter(skipped.values()), "Choose rows that exist."),
        )
    _close_up(folder / "pixels.npy", pixels, rows)
    np.save(folder / "mask.npy", mask[rows])
    index = pd.DataFrame(told[rows], columns=TOLD)
    index.insert(0, "row", rows)
    index.to_parquet(folder / "rows.parquet")
    reasons = pd.DataFrame(
        {
            "image": table["image"].iloc[sorted(skipped)].astype(str),
            "reason": [skipped[row] for row in sorted(skipped)],
        },
        dtype="str",
    )
    reasons.drop_duplicates(ignore_index=True).to_parquet(folder / "skipped.parquet")
    for path in folder.iterdir():
        sync_file(path)
    sync_folder(folder)


def _close_up(path: Path, pixels: np.memmap, rows: np.ndarray) -> None:
    """Keep only some rows of the array on the disk."""
    pixels.flush()
    if len(rows) == len(pixels):
        return
    kept_path = path.with_name("kept.npy")
    kept = open_memmap(kept_path, mode="w+", dtype=pixels.dtype, shape=(len(rows), *pixels.shape[1:]))
    for start in range(0, len(rows), _COPIED_ROWS):
        part = slice(start, start + _COPIED_ROWS)
        kept[part] = pixels[rows[part]]
    kept.flush()
    kept_path.replace(path)


def _points_by_series(table: pd.DataFrame, data_root: Path, config: CropConfig) -> list[list[LabelledPoint]]:
    series: dict[Path, list[LabelledPoint]] = {}
    columns = (table[name] for name in ("image", "instance_number", "side", "x", "y"))
    for row, (image, instance_number, side, x, y) in enumerate(zip(*columns, strict=True)):
        labelled = LabelledPoint(
            row=row,
            image=data_root / image,
            instance_number=int(instance_number),
            point=PixelPoint.from_xy(float(x), float(y)),
            mirror=config.mirror_right and side == Side.RIGHT,
        )
        series.setdefault(labelled.image.parent, []).append(labelled)
    return list(series.values())


def _cut_all(
    series: list[list[LabelledPoint]], config: CropConfig, workers: int, cluster: str | None
) -> Generator[SeriesCrops, None, None]:
    """Cut the crops of all series in parallel, about in the order in which they are done."""
    calls = (joblib.delayed(cut_series)(points, config) for points in series)
    if cluster:
        yield from compute_on_cluster(cluster, calls)
    else:
        yield from joblib.Parallel(n_jobs=workers or -1, return_as="generator_unordered")(calls)
