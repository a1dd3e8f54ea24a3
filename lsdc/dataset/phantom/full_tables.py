"""Tables without images at the challenge's size, with its counts exactly: for exploring and for load tests.

Which study is worse than which comes from the severity model; the counts of the left subarticular grades are imposed on
that order, so that both sides and neighbouring levels stay as alike as the model makes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from lsdc.dataset.phantom.files import GRADE_COLUMNS, new_folder, write_tables
from lsdc.dataset.phantom.severity import READER_NOISE, THRESHOLDS, draw_narrowings, truth_rows
from lsdc.dataset.phantom.spine import CANAL, FORAMEN, RECESS
from lsdc.errors import ConfigError
from lsdc.labels import TARGETS, Condition, Level, Sequence, Severity, Side

STUDIES = 1975
ALL_NORMAL_STUDIES = 631
# Balancing keeps 1,342 of the others. Of the two left, one has points without any grade, and one grades without any point.

# Left subarticular grades of the balanced studies: Normal/Mild, Moderate, Severe at L1/L2 … L5/S1.
BALANCED_COUNTS = np.array([[1057, 93, 28], [923, 254, 83], [692, 454, 193], [254, 624, 461], [776, 409, 147]])

# Left subarticular grades without a point besides those of the study without points: nine in all.
GRADES_WITHOUT_POINT = 4
# Grades missing besides those of the study without grades: 35 in all.
POINTS_WITHOUT_GRADE = 10
# Points that other targets lack, for 48,692 in all; right subarticular ones lack where the left ones do.
CANAL_LACKS, FORAMEN_LACKS, RIGHT_RECESS_LACKS = 46, 46, 258

# Studies with 4, 3 and 2 axial series, and how many of the most spread ones lie among which studies: in the balanced
# ones, left subarticular points lie on 1,468 series; in 182 studies altogether on more than one.
AXIAL_SERIES = {4: 5, 3: 27, 2: 303}
BALANCED_ON_THREE, BALANCED_ON_TWO, NORMAL_ON_TWO = 2, 122, 58
LACK_SAGITTAL_T1, LACK_SAGITTAL_T2 = 2, 1

MISSING = -1
_LEFT = TARGETS.index(RECESS[Side.LEFT])
_RIGHT = TARGETS.index(RECESS[Side.RIGHT])
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Groups:
    """Indices of studies: those that balancing keeps, those that it drops, and the two odd ones of each copy."""

    balanced: Integers
    all_normal: Integers
    without_grades: Integers
    without_points: Integers


def write_full_tables(out: Path, *, studies: int = STUDIES, seed: int = 0) -> None:
    """Write the tables of a data set of the challenge's size, without images.

    Args:
        out: A folder that does not exist yet.
        studies: A multiple of 1,975; every count is multiplied alike.
        seed: The same seed gives the same bytes.

    Raises:
        ConfigError: If `studies` is not such a multiple.
        DataError: If `out` exists.
    """
    copies, rest = divmod(studies, STUDIES)
    if rest or copies < 1:
        raise ConfigError(
            f"Full tables cannot have {studies} studies.",
            f"Their counts are those of {STUDIES} studies, or a multiple of them.",
            f"Ask for {max(1, round(studies / STUDIES)) * STUDIES} studies.",
        )
    rng = np.random.default_rng(seed)
    narrowings = draw_narrowings(rng, studies)
    seen = narrowings + READER_NOISE * rng.standard_normal(narrowings.shape)
    groups = _group_studies(rng, seen[:, _LEFT], copies)
    grades = np.digitize(seen, THRESHOLDS)
    grades[:, _LEFT] = _impose_left_grades(rng, seen[:, _LEFT], groups, copies)
    has_point = _choose_points(rng, grades, groups, copies)
    series_of, series = _assign_series(rng, grades, has_point, groups, copies)
    _lose_grades(rng, grades, has_point, groups, copies)
    study_ids = _study_ids(rng, studies)
    with new_folder(out) as folder:
        write_tables(
            folder,
            grades=_grade_rows(study_ids, grades),
            points=_point_rows(rng, study_ids, has_point, series_of),
            series=series.assign(study_id=study_ids[series["study"]]),
            truth=_truth(study_ids, narrowings, grades),
            seed=seed,
        )


def _study_ids(rng: np.random.Generator, studies: int) -> Integers:
    """Different numbers that look like the challenge's, sorted."""
    step = 4_290_000_000 // studies
    return np.arange(studies) * step + rng.integers(1, step, studies)


def _group_studies(rng: np.random.Generator, seen: np.ndarray, copies: int) -> Groups:
    """The studies whose worst level is least narrow are all normal."""
    odd, ordinary = np.split(rng.permutation(len(seen)), [2 * copies])
    ordinary = ordinary[np.argsort(seen[ordinary].max(axis=1))]
    all_normal, balanced = np.split(ordinary, [ALL_NORMAL_STUDIES * copies])
    return Groups(balanced=balanced, all_normal=all_normal, without_grades=odd[:copies], without_points=odd[copies:])


def _impose_left_grades(rng: np.random.Generator, seen: np.ndarray, groups: Groups, copies: int) -> Integers:
    """Left subarticular grades (studies, levels) with the counts of the challenge, the narrowest the most severe."""
    grades = np.asarray(np.digitize(seen, THRESHOLDS))
    grades[groups.all_normal] = 0
    for level, counts in enumerate(BALANCED_COUNTS * copies):
        shuffled = rng.permutation(groups.balanced)
        missing, graded = np.split(shuffled, [len(shuffled) - counts.sum()])
        grades[missing, level] = MISSING
        grades[graded[np.argsort(seen[graded, level])], level] = np.repeat([0, 1, 2], counts)
    _keep_one_narrowed_level(grades, seen, groups.balanced)
    return grades


def _keep_one_narrowed_level(grades: Integers, seen: np.ndarray, balanced: Integers) -> None:
    """Exchange grades in place, level by level, until no balanced study has five grades that are all Normal/Mild.

    Such a study's worst level takes its grade from the study that is the least narrow there and has another one.
    """
    for study in balanced[(grades[balanced] == 0).all(axis=1)]:
        level = int(seen[study].argmax())
        narrowed = grades[balanced] > 0
        donors = balanced[narrowed[:, level] & (narrowed.sum(axis=1) > 1)]
        donor = donors[seen[donors, level].argmin()]
        grades[[study, donor], level] = grades[[donor, study], level]


def _choose_points(rng: np.random.Generator, grades: Integers, groups: Groups, copies: int) -> Flags:
    """Which targets have a point, bool (studies, targets, levels); where one lacks, mostly the grade lacks too."""
    has_point = np.ones(grades.shape, dtype=bool)
    has_point[:, _LEFT] = grades[:, _LEFT] != MISSING
    lacking_left = np.argwhere(~has_point[:, _LEFT])
    chosen = rng.permutation(len(lacking_left))[: RIGHT_RECESS_LACKS * copies]
    has_point[lacking_left[chosen, 0], _RIGHT, lacking_left[chosen, 1]] = False
    grades[:, _RIGHT][~has_point[:, _RIGHT]] = MISSING
    kept_grades = lacking_left[rng.permutation(len(lacking_left))[: GRADES_WITHOUT_POINT * copies]]
    grades[kept_grades[:, 0], _LEFT, kept_grades[:, 1]] = 0
    for target, lacks in (
        (CANAL, CANAL_LACKS),
        (FORAMEN[Side.LEFT], FORAMEN_LACKS),
        (FORAMEN[Side.RIGHT], FORAMEN_LACKS),
    ):
        row = TARGETS.index(target)
        studies = _lacking_sequence(groups, target.condition.sequence, copies)
        has_point[studies, row] = False  # a whole sequence lacks: the grades stay
        others = rng.permutation(np.setdiff1d(groups.balanced, studies))[: lacks * copies - len(Level) * len(studies)]
        levels = rng.integers(len(Level), size=len(others))
        has_point[others, row, levels] = False
        grades[others, row, levels] = MISSING
    has_point[groups.without_points] = False
    return has_point


def _lacking_sequence(groups: Groups, sequence: Sequence, copies: int) -> Integers:
    """The studies without a sagittal sequence; none lacks both."""
    without_t1, rest = np.split(groups.balanced, [LACK_SAGITTAL_T1 * copies])
    return without_t1 if sequence is Sequence.SAGITTAL_T1 else rest[: LACK_SAGITTAL_T2 * copies]


def _lose_grades(rng: np.random.Generator, grades: Integers, has_point: Flags, groups: Groups, copies: int) -> None:
    """Take grades away in place from one study, and from some points of other targets than left subarticular."""
    candidates = has_point & (grades != MISSING)
    candidates[:, _LEFT] = False
    candidates[groups.without_grades] = False
    lost = rng.choice(np.flatnonzero(candidates), POINTS_WITHOUT_GRADE * copies, replace=False)
    grades.reshape(-1)[lost] = MISSING
    grades[groups.without_grades] = MISSING


def _assign_series(
    rng: np.random.Generator, grades: Integers, has_point: Flags, groups: Groups, copies: int
) -> tuple[Integers, pd.DataFrame]:
    """The series of every target and level, int64 as `has_point`, and the table of all series."""
    studies = len(grades)
    complete: Flags = np.logical_and.reduce(has_point[:, _LEFT], axis=1)
    balanced = rng.permutation(groups.balanced[complete[groups.balanced]])
    on_three, on_two, _ = np.split(balanced, np.cumsum([BALANCED_ON_THREE * copies, BALANCED_ON_TWO * copies]))
    spread = np.concatenate([on_three, on_two, rng.permutation(groups.all_normal)[: NORMAL_ON_TWO * copies]])
    others = rng.permutation(np.setdiff1d(np.arange(studies), spread))
    several = np.concatenate([spread, others])[: sum(AXIAL_SERIES.values()) * copies]
    num_axial = np.ones(studies, dtype=np.int64)
    num_axial[several] = np.repeat(list(AXIAL_SERIES), [count * copies for count in AXIAL_SERIES.values()])
    # Which of its axial series a level lies on: the first, unless the study is spread.
    part = np.zeros((studies, len(Level)), dtype=np.int64)
    part[np.setdiff1d(spread, on_three)] = [0, 0, 1, 1, 1]
    part[on_three] = [0, 0, 1, 1, 2]
    series = _series_rows(rng, num_axial, groups, copies)
    series_of = np.zeros(has_point.shape, dtype=np.int64)
    for row, target in enumerate(TARGETS):
        of_sequence = series[series["series_description"] == target.condition.sequence.value]
        ids = np.zeros((studies, max(AXIAL_SERIES)), dtype=np.int64)
        ids[of_sequence["study"], of_sequence["part"]] = of_sequence["series_id"]
        used = part if target.condition.sequence is Sequence.AXIAL_T2 else np.zeros_like(part)
        series_of[:, row] = np.take_along_axis(ids, used, axis=1)
    return series_of, series


def _series_rows(rng: np.random.Generator, num_axial: Integers, groups: Groups, copies: int) -> pd.DataFrame:
    """One row per series: `study` (index), `series_description`, `part` (which of its axial ones), `series_id`."""
    tables = []
    for sequence in Sequence:
        counts = num_axial.copy()
        if sequence is not Sequence.AXIAL_T2:
            counts[:] = 1
            counts[_lacking_sequence(groups, sequence, copies)] = 0
        study = np.repeat(np.arange(len(counts)), counts)
        tables.append(pd.DataFrame({"study": study, "series_description": sequence.value}))
    series = pd.concat(tables, ignore_index=True)
    series["part"] = series.groupby(["study", "series_description"]).cumcount()
    step = 4_290_000_000 // len(series)
    series["series_id"] = rng.permutation(len(series)) * step + rng.integers(1, step, len(series))
    return series


def _grade_rows(study_ids: Integers, grades: Integers) -> pd.DataFrame:
    words = np.array([severity.value for severity in Severity] + [None], dtype=object)  # MISSING is the last
    table = pd.DataFrame(words[grades.reshape(len(grades), -1)], columns=GRADE_COLUMNS)
    return table.assign(study_id=study_ids)


def _truth(study_ids: Integers, narrowings: np.ndarray, grades: Integers) -> pd.DataFrame:
    table = truth_rows(study_ids, narrowings, np.maximum(grades, 0))
    return table.assign(severity=table["severity"].mask(grades.ravel() == MISSING))


def _point_rows(rng: np.random.Generator, study_ids: Integers, has_point: Flags, series_of: Integers) -> pd.DataFrame:
    """One row per point; the positions look like the challenge's, and no image is behind them."""
    study, target, level = np.nonzero(has_point)
    condition = np.array([t.condition.value for t in TARGETS])[target]
    axial = condition == Condition.SUBARTICULAR_STENOSIS
    sideways = np.array([{Side.LEFT: 1, Side.RIGHT: -1, Side.MIDLINE: 0}[t.side] for t in TARGETS])[target]
    side_px = 64 * rng.integers(5, 11, len(has_point))[study]
    spread = 0.02 * rng.standard_normal((2, len(study)))
    # The patient's left is on the right of an axial image.
    x = np.where(axial, 0.5 + 0.05 * sideways, 0.52) + spread[0]
    y = np.where(axial, 0.52, 0.22 + 0.13 * level) + spread[1]
    return pd.DataFrame(
        {
            "study_id": study_ids[study],
            "series_id": series_of[study, target, level],
            "instance_number": np.where(axial, 4 + 5 * level, 9 + 4 * sideways) + rng.integers(0, 3, len(study)),
            "condition": np.array([t.title for t in TARGETS])[target],
            "level": np.array([v.value for v in Level])[level],
            "x": x * side_px,
            "y": y * side_px,
        }
    )
