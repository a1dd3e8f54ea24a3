"""What goes with what within a patient: grades of levels and conditions with each other, and of left with right."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from lsdc.labels import TARGETS, Level, Severity, Side

# Added to each of the four counts, so that a ratio with an empty cell is finite (Haldane and Anscombe).
HALF = 0.5
# By the sign of the step to the next level below.
CHANGES = {-1: "lower", 0: "same", 1: "higher"}


def narrowed_by(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """Which studies are Moderate or Severe anywhere, by condition and side or by level.

    Args:
        table: Labelled rows.
        by: `target` or `level`.

    Returns:
        A row for each study and a column for each target (by its title) or level: 1.0, 0.0, or NaN where none is graded.
    """
    titles = {(target.condition.value, target.side.value): target.title for target in TARGETS}
    names = pd.MultiIndex.from_frame(table[["condition", "side"]]).map(titles) if by == "target" else table["level"]
    order = list(titles.values()) if by == "target" else [level.value for level in Level]
    worse = (table["severity"] != Severity.NORMAL_MILD).astype("float64")
    found = worse.groupby([table["study_id"], pd.Series(names, index=table.index, name="name")]).max().unstack()  # noqa: PD010  # of a series
    return found.reindex(columns=[name for name in order if name in found])


def log_odds_ratios(studies: pd.DataFrame) -> pd.DataFrame:
    """How much the odds of one column being 1 grow where another is: log base 2 of the odds ratio, for each pair.

    Args:
        studies: 1.0, 0.0 or NaN; a study counts for a pair where both are known.

    Returns:
        Columns `one`, `other`, `log2_odds_ratio`, `both` and `studies`; each pair stands in both orders, none with itself.
    """
    pairs = []
    for one in studies:
        for other in studies:
            known = studies[[one, other]].dropna() if one != other else studies[:0]
            if known.empty:
                continue
            a, b = known[one] == 1, known[other] == 1
            cells = [np.sum(x & y) + HALF for x in (a, ~a) for y in (b, ~b)]
            ratio = cells[0] * cells[3] / (cells[1] * cells[2])
            pairs.append((one, other, float(np.log2(ratio)), int(np.sum(a & b)), len(known)))
    return pd.DataFrame(pairs, columns=["one", "other", "log2_odds_ratio", "both", "studies"])


def steps_along_spine(table: pd.DataFrame) -> pd.DataFrame:
    """How the grade changes from each level to the next one below, over the studies; a level counts with its worst grade.

    Args:
        table: Graded rows.

    Returns:
        Columns `step` (as “L1/L2 to L2/L3”), `change` (lower, same, higher), `count`, `studies` (with a grade at both
        levels) and `share`; steps that no study has are absent.
    """
    worst = table["severity"].cat.codes.groupby([table["study_id"], table["level"]]).max().unstack()  # noqa: PD010  # of a series
    levels = [level.value for level in Level]
    worst = worst.reindex(columns=levels)
    rows = []
    for above, below in pairwise(levels):
        steps = np.sign((worst[below] - worst[above]).dropna())
        counts = [(word, int((steps == sign).sum())) for sign, word in CHANGES.items()]
        rows += [(f"{above} to {below}", word, count, len(steps)) for word, count in counts if len(steps)]
    found = pd.DataFrame(rows, columns=["step", "change", "count", "studies"])
    return found.assign(share=found["count"] / found["studies"])


def left_and_right(table: pd.DataFrame) -> pd.DataFrame:
    """The grades of each condition and level of a study on the left and on the right, where both are graded.

    Returns:
        Columns `left` and `right`, ordered categories.
    """
    keys = ["study_id", "condition", "level"]
    left, right = (
        table[table["side"] == side].drop_duplicates(keys).set_index(keys)["severity"]
        for side in (Side.LEFT, Side.RIGHT)
    )
    return pd.DataFrame({"left": left, "right": right}).dropna().reset_index(drop=True)


def agreement(pairs: pd.DataFrame) -> float:
    """Quadratic kappa of the left grade with the right one; NaN where all grades are the same.

    Args:
        pairs: As `left_and_right` gives them, not empty.
    """
    words = [word.value for word in Severity]
    left, right = (pairs[side].astype("str") for side in ("left", "right"))
    if len({*left, *right}) == 1:
        return float("nan")
    # Here, since scikit-learn takes a second to import, and the first view of Explore needs none of it.
    from sklearn.metrics import cohen_kappa_score

    return float(cohen_kappa_score(left, right, labels=words, weights="quadratic"))


def completeness(grades: pd.DataFrame) -> pd.DataFrame:
    """Of how many studies each condition is graded at each level, whether or not its place was marked.

    Args:
        grades: As `one_row_per_grade` gives them, of the conditions, sides and levels that are looked at; not empty.

    Returns:
        Columns `name`, `level`, `graded`, `studies` and `share`, of what is looked at alone.
    """
    titles = {(target.condition.value, target.side.value): target.title for target in TARGETS}
    names = pd.MultiIndex.from_frame(grades[["condition", "side"]]).map(titles)
    order = {"name": list(titles.values()), "level": [level.value for level in Level]}
    rows = grades.assign(name=names, graded=grades["severity"].notna())
    rows = rows.astype({column: pd.CategoricalDtype(words, ordered=True) for column, words in order.items()})
    found = rows.groupby(["name", "level"], observed=True)["graded"].agg(graded="sum", studies="size").reset_index()
    found = found.astype({"name": "str", "level": "str"})
    return found.assign(share=found["graded"] / found["studies"])
