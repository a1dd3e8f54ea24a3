"""A phantom data set with images, written by several processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from joblib import Parallel, delayed

from lsdc.dataset.phantom.defects import Planter
from lsdc.dataset.phantom.dicom_files import write_series
from lsdc.dataset.phantom.files import new_folder, write_tables
from lsdc.dataset.phantom.study import PhantomStudy, generate_study

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class StudyRows:
    """What a study adds to the tables, and its slices for whoever spoils them."""

    grades: Row
    points: list[Row]
    series: list[Row]
    truth: list[Row]
    slices: list[Row]


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
        rows = []
        pending = (
            delayed(_write_study)(folder, seed, index, image_px=image_px, full_size=full_size)
            for index in range(studies)
        )
        for of_study in Parallel(n_jobs=workers or -1, return_as="generator")(pending):
            rows.append(of_study)
            if report_progress:
                report_progress(len(rows), studies)
        grades = pd.DataFrame([of_study.grades for of_study in rows])
        points = pd.DataFrame([row for of_study in rows for row in of_study.points])
        series = pd.DataFrame([row for of_study in rows for row in of_study.series])
        if defects:
            slices = pd.DataFrame([row for of_study in rows for row in of_study.slices])
            planter = Planter(folder=folder, defects=defects, seed=seed, slices=slices)
            points = planter.spoil_points(points)
            grades = planter.spoil_grades(grades, points)
            series = planter.spoil_descriptions(series)
            planter.spoil_images(points)
            planter.list_planted().to_csv(folder / "defects.csv", index=False, lineterminator="\n")
        write_tables(
            folder,
            grades=grades,
            points=points,
            series=series,
            truth=pd.DataFrame([row for of_study in rows for row in of_study.truth]),
            seed=seed,
        )


def _write_study(folder: Path, seed: int, index: int, *, image_px: int, full_size: bool) -> StudyRows:
    study = generate_study(seed, index, image_px=image_px, full_size=full_size)
    for series in study.series:
        write_series(folder / "train_images" / str(study.study_id) / str(series.series_id), study.study_id, series)
    return rows_of(study)


def rows_of(study: PhantomStudy) -> StudyRows:
    """The rows of a study in the tables of the challenge, and in the table of true narrowings."""
    key = {"study_id": study.study_id}
    grades: Row = dict(key)
    points: list[Row] = []
    truth: list[Row] = []
    for label in study.labels:
        grades[label.target.column(label.level)] = label.severity
        where = {"condition": label.target.condition.value, "side": label.target.side.value, "level": label.level.value}
        truth.append({**key, **where, "narrowing": label.narrowing, "severity": label.severity})
        if label.point:
            points.append(
                {
                    **key,
                    "series_id": label.point.series_id,
                    "instance_number": label.point.instance_number,
                    "condition": label.target.title,
                    "level": label.level.value,
                    "x": label.point.position.col,
                    "y": label.point.position.row,
                }
            )
    series_rows = [
        {**key, "series_id": series.series_id, "series_description": series.sequence.value} for series in study.series
    ]
    slices = [
        {
            **key,
            "series_id": series.series_id,
            "instance_number": image.instance_number,
            "cols": image.pixels.shape[1],
            "left_mm": float(image.plane.position_mm[0]),
        }
        for series in study.series
        for image in series.slices
    ]
    return StudyRows(grades=grades, points=points, series=series_rows, truth=truth, slices=slices)
