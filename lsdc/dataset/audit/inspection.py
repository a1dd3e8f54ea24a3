"""All checks on a data set, one after the other."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from lsdc.dataset.audit import files, labels, places, series
from lsdc.dataset.audit.finding import AuditFinding, cases
from lsdc.dataset.audit.kinds import KINDS
from lsdc.dataset.challenge_files import read_grades
from lsdc.dataset.tables import load_label_table, load_series_table


def audit_data_set(data_root: Path, headers: pd.DataFrame | None) -> list[AuditFinding]:
    """Check a data set.

    Args:
        data_root: The data set.
        headers: Of all its images, as `scan_headers` gives them; None if it holds none, when the tables alone are checked.

    Returns:
        The kinds that were found, the gravest first.

    Raises:
        DataError: If the tables cannot be read.
    """
    points, grades, series_table = load_label_table(data_root), read_grades(data_root), load_series_table(data_root)
    found = _in_tables(points, grades, series_table)
    if headers is not None:
        found |= _in_images(data_root, points, series_table, headers)
    findings = [
        AuditFinding(kind=kind, rows=cases(found[slug]))
        for slug, kind in KINDS.items()
        if slug in found and not found[slug].empty
    ]
    return sorted(findings, key=lambda finding: finding.kind.importance.rank)


def _in_tables(points: pd.DataFrame, grades: pd.DataFrame, series_table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Cases by kind, of `TABLE_KINDS`."""
    return {
        "label_marked_twice": labels.marked_twice(points),
        "grade_without_point": labels.grades_without_point(grades, points, series_table),
        "grade_without_sequence": labels.grades_without_sequence(grades, points, series_table),
        "point_without_grade": labels.points_without_grade(points),
        "several_axial_series": series.several_axial(series_table),
    }


def _in_images(
    data_root: Path, points: pd.DataFrame, series_table: pd.DataFrame, headers: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """The same of the other kinds; of the files only those that may be twice the same are opened."""
    located = places.located(points, headers)
    beyond = places.outside(located)
    # A point that is not on its image would accuse others by where it is not.
    within = located[~located.index.isin(beyond.index)]
    missing, turned = files.points_without_image(points, headers), series.unusual_orientation(series_table, headers)
    lost = pd.concat([missing, turned, headers[headers["error"].notna()]])
    return {
        "missing_image": missing,
        "unreadable_image": files.points_on_unreadable(points, headers),
        "point_outside": beyond,
        **places.misplaced(within),
        "unreadable_file": files.other_unreadable(points, headers),
        "series_without_images": files.series_without_images(series_table, headers),
        "duplicate_image": files.same_pixels(data_root, headers),
        "contradicting_sequence": series.contradicting(series_table, headers),
        "inconsistent_spacing": series.changing_spacing(headers),
        "inconsistent_distance": series.uneven_distances(headers, lost),
        "unusual_orientation": turned,
        "no_place": series.without_place(points, headers),
    }
