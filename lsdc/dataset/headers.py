"""The headers of all images of a data set as one table, read once, in parallel, and kept.

The folder of a scan holds `headers.parquet`, the table of the last complete scan, and `parts/`, what an unfinished one has
read so far. A file is read again if its size or time of change differs; so a scan goes on where a kill ended it, and one of
a data set of which little has changed takes a moment. Everything in it can be made again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from filelock import FileLock

from lsdc.dataset.header_rows import FILE_COLUMNS, HEADER_TYPES, Row, read_rows
from lsdc.errors import MissingFileError
from lsdc.files import write_parquet

# Raised whenever the same files give another table.
FORMAT_VERSION = 1
IMAGES_FOLDER = "train_images"
# What a worker reads in one go, and what a kill costs at most for each of them: half a second's work.
CHUNK_FILES = 500
FILE_KEYS = ["image", "bytes", "changed_ns"]


def scan_headers(root: Path, cache_root: Path, *, workers: int = 0, report: Callable[[int, int], None]) -> pd.DataFrame:
    """Read the header of every image of a data set, unless it was read before and has not changed.

    While another process scans the same data set, this one waits for it.

    Args:
        root: The data set.
        cache_root: The folder of all scans.
        workers: Processes; 0 takes one per core.
        report: Called with the files that are known and all files.

    Returns:
        `HEADER_TYPES`, a row for each `.dcm` file in the folder of a series, by study, series and name.

    Raises:
        MissingFileError: If the data set has no folder of images.
    """
    folder = scan_folder(root, cache_root)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(lock_path(folder)):
        return scan_into(folder, root, workers=workers, report=report)


def scan_into(folder: Path, root: Path, *, workers: int, report: Callable[[int, int], None]) -> pd.DataFrame:
    """The same for whoever holds the lock of the folder."""
    files = pd.DataFrame(list_images(root), columns=list(FILE_COLUMNS)).astype(FILE_COLUMNS)
    known = files[FILE_KEYS].merge(_read_before(folder), on=FILE_KEYS)[list(HEADER_TYPES)]
    unread = files[~files["image"].isin(known["image"])]
    report(len(known), len(files))
    parts = [known]
    done = len(known)
    calls = (joblib.delayed(read_rows)(root, chunk) for chunk in _chunks(unread))
    for part in joblib.Parallel(n_jobs=workers or -1, return_as="generator_unordered")(calls):
        write_parquet(_parts_folder(folder) / f"{uuid.uuid4().hex}.parquet", part)
        parts.append(part)
        done += len(part)
        report(done, len(files))
    table = pd.concat(parts, ignore_index=True) if len(parts) > 1 else known
    table = table.sort_values(["study_id", "series_id", "instance_number", "image"], ignore_index=True)
    write_parquet(table_path(folder), table)
    shutil.rmtree(_parts_folder(folder), ignore_errors=True)
    return table


def list_images(root: Path) -> Iterator[Row]:
    """`FILE_COLUMNS` of every image, series by series.

    Raises:
        MissingFileError: If the data set has no folder of images.
    """
    if not (root / IMAGES_FOLDER).is_dir():
        raise MissingFileError(
            f"{root / IMAGES_FOLDER} is missing.",
            "Expected the images as train_images/<study>/<series>/<instance>.dcm.",
            "Download and unpack the images of the challenge beside the tables.",
        )
    for series in series_folders(root):
        study_id, series_id = series.parent.name, series.name
        with os.scandir(series) as entries:
            for entry in entries:
                stem, point, suffix = entry.name.rpartition(".")
                if (point, suffix) == (".", "dcm") and entry.is_file():
                    state = entry.stat()
                    yield {
                        "study_id": int(study_id),
                        "series_id": int(series_id),
                        "instance_number": int(stem) if stem.isdecimal() else None,
                        "image": f"{IMAGES_FOLDER}/{study_id}/{series_id}/{entry.name}",
                        "bytes": state.st_size,
                        "changed_ns": state.st_mtime_ns,
                    }


def series_folders(root: Path) -> Iterator[Path]:
    """The folders `train_images/<study>/<series>`; what has another name is no series of the challenge."""
    for study in _numbered(root / IMAGES_FOLDER):
        yield from _numbered(study)


def scan_folder(root: Path, cache_root: Path) -> Path:
    """Where the scan of a data set is kept; its path names it, so that another one never takes its place."""
    name = hashlib.sha256(f"{FORMAT_VERSION} {root.resolve()}".encode()).hexdigest()
    return cache_root / name[:32]


def table_path(folder: Path) -> Path:
    """The table of the last complete scan."""
    return folder / "headers.parquet"


def lock_path(folder: Path) -> Path:
    """The file whose lock a scan holds."""
    return folder / ".lock"


def _parts_folder(folder: Path) -> Path:
    return folder / "parts"


def _numbered(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        return sorted(Path(entry.path) for entry in entries if entry.name.isdecimal() and entry.is_dir())


def _read_before(folder: Path) -> pd.DataFrame:
    """All rows of the last complete scan and of an unfinished one since, each state of a file once."""
    nothing = pd.DataFrame(columns=list(HEADER_TYPES)).astype(HEADER_TYPES)
    # A name with a point is what a killed process was writing.
    paths = [table_path(folder), *_parts_folder(folder).glob("[!.]*.parquet")]
    tables = [pd.read_parquet(path) for path in paths if path.is_file()]
    return pd.concat([nothing, *tables], ignore_index=True).drop_duplicates(FILE_KEYS).astype(HEADER_TYPES)


def _chunks(files: pd.DataFrame) -> Iterator[list[dict[Hashable, Any]]]:
    for start in range(0, len(files), CHUNK_FILES):
        yield files.iloc[start : start + CHUNK_FILES].to_dict("records")
