"""How narrow each structure of a phantom is, and what a reader calls it. No geometry here.

A narrowing is a real number in *grade units*: below 1 is Normal/Mild, from 1 to 2 Moderate, above 2 Severe. The anatomy
shows it; the label is its grade after a simulated reader has added an error of `READER_NOISE`. So the best that any
grader can do is known, see `ceilings`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

# What norm of scipy.stats calls, which takes a second to import.
from scipy.special import ndtr as normal_cdf
from scipy.special import ndtri as normal_quantile

from lsdc.labels import TARGETS, Condition, Level, Severity

THRESHOLDS = (1.0, 2.0)

# Standard deviation of the reader's error, in grade units. Fixed once, so that on balanced left subarticular rows the
# best possible accuracy is about 0.82; a test holds it. Larger makes every learner look worse.
READER_NOISE = 0.45

# Shares of the variance of a narrowing that its whole study has in common, and that all targets of one level of it do.
# The first gives about the real share of studies (32 %) whose left subarticular grades are all Normal/Mild.
STUDY_SHARE = 0.55
LEVEL_SHARE = 0.20

# Shares of the three grades at L1/L2 … L5/S1. Subarticular: the counts of the challenge, left side. The other two are
# plausible by level, and their means are the challenge's overall shares.
GRADE_SHARES: dict[Condition, tuple[tuple[float, float, float], ...]] = {
    Condition.SPINAL_CANAL_STENOSIS: (
        (0.965, 0.025, 0.010),
        (0.905, 0.065, 0.030),
        (0.830, 0.105, 0.065),
        (0.745, 0.135, 0.120),
        (0.940, 0.045, 0.015),
    ),
    Condition.NEURAL_FORAMINAL_NARROWING: (
        (0.955, 0.040, 0.005),
        (0.880, 0.110, 0.010),
        (0.760, 0.215, 0.025),
        (0.660, 0.275, 0.065),
        (0.645, 0.265, 0.090),
    ),
    Condition.SUBARTICULAR_STENOSIS: (
        (1688 / 1809, 93 / 1809, 28 / 1809),
        (1554 / 1891, 254 / 1891, 83 / 1891),
        (1323 / 1970, 454 / 1970, 193 / 1970),
        (885 / 1970, 624 / 1970, 461 / 1970),
        (1407 / 1963, 409 / 1963, 147 / 1963),
    ),
}


def location_and_scale() -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the true narrowing, each (targets, levels), in the order of `TARGETS` and `Level`.

    The two thresholds and the two free shares of a level determine a normal distribution of what the reader sees; the
    reader's error is then taken out of its variance.
    """
    shares = np.array([GRADE_SHARES[target.condition] for target in TARGETS])
    lower, upper = normal_quantile(shares[..., 0]), normal_quantile(shares[..., 0] + shares[..., 1])
    seen_scale = (THRESHOLDS[1] - THRESHOLDS[0]) / (upper - lower)
    return THRESHOLDS[0] - lower * seen_scale, np.sqrt(seen_scale**2 - READER_NOISE**2)


def draw_narrowings(rng: np.random.Generator, studies: int) -> np.ndarray:
    """True narrowings of `studies` spines, float64 (studies, targets, levels), in grade units."""
    targets, levels = len(TARGETS), len(Level)
    of_study = rng.standard_normal((studies, 1, 1))
    of_level = rng.standard_normal((studies, 1, levels))
    own = rng.standard_normal((studies, targets, levels))
    standard = (
        np.sqrt(STUDY_SHARE) * of_study + np.sqrt(LEVEL_SHARE) * of_level + np.sqrt(1 - STUDY_SHARE - LEVEL_SHARE) * own
    )
    mean, scale = location_and_scale()
    return np.asarray(mean + scale * standard)


def read_grades(rng: np.random.Generator, narrowings: np.ndarray) -> np.ndarray:
    """What the reader calls each narrowing: ranks 0, 1 or 2, int64, in the shape of `narrowings`."""
    seen = narrowings + READER_NOISE * rng.standard_normal(narrowings.shape)
    return np.asarray(np.digitize(seen, THRESHOLDS))


def grade_probabilities(narrowings: np.ndarray) -> np.ndarray:
    """Chance of each grade given the true narrowing, float64 (..., 3): all that pixels can tell."""
    below = normal_cdf((np.array(THRESHOLDS) - narrowings[..., None]) / READER_NOISE)
    return np.diff(below, axis=-1, prepend=0.0, append=1.0)


def effect(narrowings: np.ndarray) -> np.ndarray:
    """How far a structure is deformed, from 0 (wide open) to 1 (closed); strictly increasing in the narrowing.

    Steepest between the thresholds, where a reader has to decide: 0.25 at the first and 0.75 at the second.
    """
    return np.asarray(1 / (1 + np.exp(-2 * np.log(3) * (narrowings - np.mean(THRESHOLDS)))))


def severity_table(studies: int, *, seed: int = 0) -> pd.DataFrame:
    """Narrowings and grades of many spines without their images, one row per study, target and level.

    Returns:
        Columns study_id, condition, side, level, narrowing, severity; every study has all 25 rows.
    """
    rng = np.random.default_rng(seed)
    narrowings = draw_narrowings(rng, studies)
    return truth_rows(np.arange(studies), narrowings, read_grades(rng, narrowings))


def truth_rows(study_ids: np.ndarray, narrowings: np.ndarray, grades: np.ndarray) -> pd.DataFrame:
    """The table of `severity_table` from arrays (studies,), (studies, targets, levels) and the same of grade ranks."""
    keys = [(target.condition.value, target.side.value, level.value) for target in TARGETS for level in Level]
    table = pd.DataFrame(keys * len(study_ids), columns=["condition", "side", "level"])
    table.insert(0, "study_id", np.repeat(study_ids, len(keys)))
    table["narrowing"] = narrowings.ravel()
    table["severity"] = np.array([severity.value for severity in Severity])[grades.ravel()]
    return table
