"""All checks on a data set, one after the other."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from lsdc.dataset.audit import files, labels, places, series
from lsdc.dataset.audit.finding import AuditFinding, cases
from lsdc.dataset.audit.kinds import KINDS
from lsdc.dataset.challenge_files import read_grades
from lsdc.dataset.tables import load_label_table, load_series_table


def audit_data_set(data_root: Path, headers: pd.DataFrame) -> list[AuditFinding]:
    """Check a data set.

    Args:
        data_root: The data set.
        headers: Of all its images, as `scan_headers` gives them.

    Returns:
        The kinds that were found, the gravest first.

    Raises:
        DataError: If the tables cannot be read.
    """
    return inspect(
        data_root, load_label_table(data_root), read_grades(data_root), load_series_table(data_root), headers
    )


def inspect(
    data_root: Path, points: pd.DataFrame, grades: pd.DataFrame, series_table: pd.DataFrame, headers: pd.DataFrame
) -> list[AuditFinding]:
    """The same of tables that were read already; of the files only those that may be twice the same are opened."""
    located = places.located(points, headers)
    beyond = places.outside(located)
    # A point that is not on its image would accuse others by where it is not.
    within = located[~located.index.isin(beyond.index)]
    missing, turned = files.points_without_image(points, headers), series.unusual_orientation(series_table, headers)
    lost = pd.concat([missing, turned, headers[headers["error"].notna()]])
    found = {
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
        "grade_without_point": labels.grades_without_point(grades, points, series_table),
        "grade_without_sequence": labels.grades_without_sequence(grades, points, series_table),
        "point_without_grade": labels.points_without_grade(points),
        "label_marked_twice": labels.marked_twice(points),
        "several_axial_series": series.several_axial(series_table),
        "no_place": series.without_place(points, headers),
    }
    findings = [AuditFinding(kind=KINDS[slug], rows=cases(rows)) for slug, rows in found.items() if not rows.empty]
    return sorted(findings, key=lambda finding: finding.kind.importance.rank)
