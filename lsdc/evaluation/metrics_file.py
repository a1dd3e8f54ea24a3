"""The shape of a metrics.json, checked before anybody reads it: another version, or a person, may have written it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, NotRequired, TypeVar

import pandas as pd
from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from lsdc.dataset.splits import Part
from lsdc.errors import CorruptRunError
from lsdc.evaluation.challenge import challenge_metrics
from lsdc.evaluation.metrics import METRICS, REPORT_METRICS, SLICE_METRICS, Metric
from lsdc.labels import Condition, Severity
from lsdc.runs import METRICS_FILE, RunFolder

# The words for them; a run has values of them only if it learned all three conditions.
CHALLENGE_METRICS = challenge_metrics(
    pd.DataFrame({"condition": [condition.value for condition in Condition], "study_id": 0})
)

Value = TypeVar("Value")


def _with_all(metrics: Sequence[Metric]) -> Callable[[dict[str, Value]], dict[str, Value]]:
    def check(by_name: dict[str, Value]) -> dict[str, Value]:
        if missing := [metric.name for metric in metrics if metric.name not in by_name]:
            raise ValueError(f"it has no {', '.join(missing)}")
        return by_name

    return check


class Score(TypedDict):
    """A metric's value and its interval; None is undefined."""

    value: float | None
    low: float | None
    high: float | None


Scores = dict[str, Score]


class SliceScores(TypedDict):
    """Scores of the same rows, predicted with fewer slices."""

    rows: int
    metrics: Annotated[Scores, AfterValidator(_with_all(SLICE_METRICS))]


class Overlap(TypedDict):
    """How much two parts of a split share; `crops` is None where nobody knows what the crops were."""

    parts: str
    studies: int
    images: int
    crops: int | None


class LeakCheck(TypedDict):
    """Whether a run was judged by what it learned from, as `leak_check` writes it."""

    overlaps: list[Overlap]
    lookup_gain: Score


Row = Annotated[list[int], Field(min_length=len(Severity), max_length=len(Severity))]


class Metrics(TypedDict):
    """What comparison reads of a metrics.json, as `evaluate` writes it; what else it holds is left out."""

    __pydantic_config__ = ConfigDict(allow_inf_nan=False)  # type: ignore[misc]  # pydantic's way to configure one

    scored_on: Part
    chosen_on_these_rows: bool
    rows: int
    studies: int
    rows_fingerprint: str
    metrics: Annotated[Scores, AfterValidator(_with_all(METRICS))]
    report_metrics: Annotated[Scores, AfterValidator(_with_all(REPORT_METRICS))]
    # A network that sees one slice has none, and runs of older versions say nothing of them.
    by_slices: NotRequired[dict[int, SliceScores]]
    by_level: dict[str, Annotated[dict[str, float | None], AfterValidator(_with_all(METRICS))]]
    confusion: Annotated[list[Row], Field(min_length=len(Severity), max_length=len(Severity))]
    baselines: dict[str, Annotated[Scores, AfterValidator(_with_all((*METRICS, *REPORT_METRICS)))]]
    gains: dict[str, Annotated[Scores, AfterValidator(_with_all(METRICS))]]
    leak_check: LeakCheck


_METRICS: TypeAdapter[Metrics] = TypeAdapter(Metrics)


def read_metrics(run: RunFolder) -> Metrics:
    """The scores of a run.

    Raises:
        CorruptRunError: If it has no metrics.json, or one that this version did not write.
    """
    return validated(run.metrics(), run)


def validated(metrics: object, run: RunFolder) -> Metrics:
    """Scores of a run in the shape that their readers expect.

    Raises:
        CorruptRunError: If they have another shape.
    """
    return checked(_METRICS, metrics, name=METRICS_FILE, run=run)


def checked(adapter: TypeAdapter[Value], record: object, *, name: str, run: RunFolder) -> Value:
    """A file of a run in the shape that its readers expect.

    Raises:
        CorruptRunError: If it has another shape.
    """
    try:
        return adapter.validate_python(record)
    except ValidationError as error:
        first = error.errors()[0]
        place = " → ".join(str(part) for part in first["loc"])
        raise CorruptRunError(
            f"{name} of run {run.run_id} is not as this version writes it, at {place}: {first['msg']}.",
            "Comparison reads what training wrote.",
            "Write it again by repeating the run, or remove its folder.",
        ) from error
