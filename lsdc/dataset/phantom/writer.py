"""A phantom data set on disk, in the layout of the challenge."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from joblib import Parallel, delayed

from lsdc.dataset.phantom.ceilings import Ceiling, left_subarticular
from lsdc.dataset.phantom.defects import plant_defects
from lsdc.dataset.phantom.dicom_files import PHANTOM_VERSION, write_series
from lsdc.dataset.phantom.study import PhantomStudy, generate_study
from lsdc.errors import DataError
from lsdc.files import sync_folder, write_json
from lsdc.labels import TARGETS, Level

TRUTH_FILE = "phantom_truth.csv"


@dataclass(frozen=True, kw_only=True)
class StudyRows:
    """What a study adds to the tables: one row of grades, and rows of points, series and truth."""

    grades: dict[str, object]
    points: list[dict[str, object]]
    series: list[dict[str, object]]
    truth: list[dict[str, object]]


def write_phantom(
    out: Path,
    *,
    studies: int = 40,
    seed: int = 0,
    image_px: int = 256,
    full_size: bool = False,
    defects: Mapping[str, int] | None = None,
    workers: int = 0,
    report_progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write a phantom data set; `out` is there when all of it is, and not before.

    Besides the challenge's files there are `phantom.json` with the best possible scores, `phantom_truth.csv` with the
    true narrowings, and `defects.csv` if defects were asked for.

    Args:
        out: A folder that does not exist yet.
        studies: How many.
        seed: The same seed gives the same bytes.
        image_px: Side of the images, if not of full size.
        full_size: Matrix sizes and numbers of slices as in the challenge.
        defects: How many of each kind to plant, as of `parse_defects`.
        workers: Processes; 0 takes one for each processor.
        report_progress: Called with the studies done and all studies.

    Raises:
        DataError: If `out` exists.
    """
    with new_folder(out) as folder:
        pending = (
            delayed(_write_study)(folder, seed, index, image_px=image_px, full_size=full_size) for index in range(studies)
        )
        rows = []
        for done, of_study in enumerate(Parallel(n_jobs=workers or -1, return_as="generator")(pending), start=1):
            rows.append(of_study)
            if report_progress:
                report_progress(done, studies)
        write_tables(folder, rows, seed=seed)
        if defects:
            plant_defects(folder, defects, seed=seed)
