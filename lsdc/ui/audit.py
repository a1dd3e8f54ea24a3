"""What the audit says of the data set in use, cached by the state of its files, and pictures of the cases."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from PIL import Image

from lsdc.charts.marked_slice import Mark, draw_marks
from lsdc.dataset.audit import AuditFinding, audit_data_set
from lsdc.dataset.geometry import PixelPoint
from lsdc.dataset.headers import IMAGES_FOLDER
from lsdc.ui.datasets import DataSet, FileVersion, load_series, load_slice, table_versions
from lsdc.ui.headers import has_images, headers_version, image_headers, read_table

LABEL = ["study_id", "condition", "side", "level"]


# Beyond this an expected place does not belong to the slice, but to another one of the series.
ON_SLICE_MM = 6.0
EXPECTED = ["expected_x_mm", "expected_y_mm", "expected_z_mm"]


@dataclass(frozen=True, kw_only=True)
class CasePicture:
    """A slice of a case.

    Args:
        title: What it shows.
        alt: The same with the places of its marks.
    """

    title: str
    image: Image.Image
    alt: str


def audit_findings(data: DataSet) -> list[AuditFinding] | None:
    """The findings, the gravest first; None until the headers are read, whose progress is drawn instead.

    Without images they are those of the tables alone.
    """
    if not has_images(data):
        return _findings(data.root, table_versions(data.root), None)
    if image_headers(data) is None:
        return None
    return _findings(data.root, table_versions(data.root), headers_version(data))


def about_rows(findings: list[AuditFinding], data: DataSet, table: pd.DataFrame) -> list[AuditFinding]:
    """The findings on some rows of the label table: on their labels, and on files and series of their studies."""
    if len(table) == len(data.table):
        return findings  # also those on studies that have no point at all
    kept = pd.MultiIndex.from_frame(table[LABEL])
    known = pd.MultiIndex.from_frame(data.table[LABEL])

    def is_about(rows: pd.DataFrame) -> pd.Series:
        labels = pd.MultiIndex.from_frame(rows[LABEL])
        # A grade without a point has no row in the label table.
        names_label = rows["level"].notna() & labels.isin(known)
        return rows["study_id"].isin(table["study_id"]) & (~names_label | labels.isin(kept))

    chosen = [AuditFinding(kind=found.kind, rows=found.rows[is_about(found.rows)]) for found in findings]
    return [found for found in chosen if found.count]


def case_pictures(data: DataSet, case: dict[str, Any]) -> list[CasePicture]:
    """The slice of a case, and the one of its series on which the others expect its point; none where there is no image.

    Errors as `load_slice`.
    """
    path = _image_of(data, case)
    if path is None:
        return []
    marks = {"marked here": _point_of(case), "expected here": _expected_on(path, case)}
    pictures = [_picture("Where it is marked" if marks["marked here"] else "The slice", path, marks)]
    if pd.notna(case[EXPECTED[1]]) and marks["expected here"] is None:
        other = _nearest_slice(data, case)
        place = _expected_on(other, case) if other else None
        if other and place:
            pictures.append(_picture("Where the others expect it", other, {"expected here": place}))
    return pictures


def _picture(title: str, path: Path, marks: dict[str, PixelPoint | None]) -> CasePicture:
    _, image = load_slice(path)
    rows, cols = image.pixels.shape
    drawn = [
        # What lies beyond the border is shown at the border.
        Mark(
            point=PixelPoint(row=min(max(point.row, 0), rows - 1), col=min(max(point.col, 0), cols - 1)),
            label=label,
            severity=None,
        )
        for label, point in marks.items()
        if point
    ]
    words = "; ".join(f"{mark.label}: x {mark.point.col:.0f}, y {mark.point.row:.0f}" for mark in drawn)
    return CasePicture(
        title=title,
        image=draw_marks(image, drawn),
        alt=f"MRI slice {path.stem}. {words or 'No point.'}",
    )


def _image_of(data: DataSet, case: dict[str, Any]) -> Path | None:
    if pd.notna(case["image"]):
        return data.root / str(case["image"])
    if pd.isna(case["series_id"]):
        return None
    folder = data.root / IMAGES_FOLDER / str(case["study_id"]) / str(case["series_id"])
    members = load_series(folder).members if folder.is_dir() else ()
    return members[len(members) // 2].path if members else None


def _point_of(case: dict[str, Any]) -> PixelPoint | None:
    return None if pd.isna(case["x"]) else PixelPoint.from_xy(case["x"], case["y"])


def _expected_on(path: Path, case: dict[str, Any]) -> PixelPoint | None:
    """Where a slice shows the expected place; None if it lies beside the slice, or nobody expects it anywhere."""
    plane = load_slice(path)[1].plane
    if plane is None or pd.isna(case[EXPECTED[1]]):
        return None
    expected = np.array([case[name] for name in EXPECTED], float)
    beside_mm = abs(float((expected - plane.position_mm) @ plane.normal))
    return plane.to_pixel(expected) if beside_mm <= ON_SLICE_MM else None


def _nearest_slice(data: DataSet, case: dict[str, Any]) -> Path | None:
    """The slice of the case's series whose plane passes nearest to the expected place."""
    headers = read_table(headers_version(data))
    series = headers[(headers["series_id"] == case["series_id"]) & headers["plane"].notna()]
    if series.empty:
        return None
    positions, rows, cols = (
        series[[f"{name}{axis}{unit}" for axis in "xyz"]].to_numpy()
        for name, unit in (("", "_mm"), ("row_", ""), ("col_", ""))
    )
    expected = np.array([case[name] for name in EXPECTED], float)
    beside_mm = np.abs(((expected - positions) * np.cross(rows, cols)).sum(axis=1))
    return data.root / str(series["image"].iloc[int(beside_mm.argmin())])


@st.cache_resource(max_entries=2, show_spinner="Checking the data …")
def _findings(
    root: Path,
    versions: tuple[FileVersion, ...],  # noqa: ARG001  # key
    headers_file: FileVersion | None,
) -> list[AuditFinding]:
    return audit_data_set(root, read_table(headers_file) if headers_file else None)
