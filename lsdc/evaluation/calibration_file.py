"""The shape of a calibration.json, checked before anybody reads it, and what it says in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NotRequired

from pydantic import ConfigDict, Field, TypeAdapter
from typing_extensions import TypedDict

from lsdc.dataset.splits import Part
from lsdc.evaluation.metrics_file import Score, checked
from lsdc.labels import Severity
from lsdc.runs import CALIBRATION_FILE, RunFolder


class FittedOn(TypedDict):
    """The rows that fitted the temperature."""

    part: str
    rows: int
    studies: int


class Bin(TypedDict):
    """Rows with nearly the same highest probability, and the share of them that is graded right."""

    low: float
    high: float
    rows: int
    confidence: float | None
    accuracy: Score


class Reliability(TypedDict):
    """Stated probability beside what came true, on rows that did not fit the temperature."""

    part: str
    rows: int
    studies: int
    ece: Score
    ece_before: Score
    bins: list[Bin]


class CoveragePoint(TypedDict):
    """The rows whose highest probability reaches a threshold, as a share of all, and how many of them are graded right."""

    threshold: float
    coverage: float
    accuracy: float | None


class CalibrationRecord(TypedDict):
    """What the card, Compare and Predict read of a calibration.json, as `calibration_record` writes it."""

    __pydantic_config__ = ConfigDict(allow_inf_nan=False)  # type: ignore[misc]  # pydantic's way to configure one

    temperature: float
    prior_weights: Annotated[list[float], Field(min_length=len(Severity), max_length=len(Severity))]
    fitted_on: FittedOn | None
    reliability: Reliability
    coverage: Annotated[list[CoveragePoint], Field(min_length=1)]
    # Of an ensemble only: how many runs it averages.
    members: NotRequired[int]


_RECORD: TypeAdapter[CalibrationRecord] = TypeAdapter(CalibrationRecord)


def read_calibration(run: RunFolder) -> CalibrationRecord:
    """How a run was calibrated.

    Raises:
        CorruptRunError: If it has no calibration.json, or one that this version did not write.
    """
    return checked(_RECORD, run.calibration(), name=CALIBRATION_FILE, run=run)


def about_fit(record: Mapping[str, Any]) -> str:
    """What was done to the network's probabilities."""
    if members := record.get("members"):
        return (
            f"The mean of the probabilities of {members} runs, each calibrated as its own card says; the mean is not "
            "calibrated once more."
        )
    fitted_on = record["fitted_on"]
    if fitted_on is None:
        return "Not calibrated: the probabilities are as the network gives them."
    weights = record["prior_weights"]
    loss = (
        "The loss weighed all grades alike."
        if len(set(weights)) == 1
        else f"The loss weighed {_weighed(weights)}; that is taken out."
    )
    return (
        f"{loss} Temperature {record['temperature']:.2f}, fitted on {fitted_on['rows']:,} {fitted_on['part']} rows of "
        f"{_studies(fitted_on['studies'])}; above 1 it makes probabilities less sure, below 1 surer."
    )


def about_reliability(record: Mapping[str, Any]) -> str:
    """The calibration error, and on which rows it was measured."""
    reliability = record["reliability"]
    part = Part.TEST if _is_test(reliability) else Part.VALIDATION
    where = f"on {reliability['rows']:,} {part} rows of {_studies(reliability['studies'])}"
    chose = "" if _is_test(reliability) else " The best epoch was chosen on these rows."
    if record["fitted_on"] is None:
        return f"Calibration error {_with_interval(reliability['ece'])}, {where}.{chose}"
    return (
        f"Calibration error {_with_interval(reliability['ece_before'])} without the temperature and "
        f"{_with_interval(reliability['ece'])} with it, {where}, {_who_fitted(reliability)}.{chose}"
    )


def _who_fitted(reliability: Mapping[str, Any]) -> str:
    if _is_test(reliability):
        return "which did not fit it"
    if reliability["studies"] == 1:
        return "which leaves no others to fit one on: here it is 1"
    return "each study with a temperature that only others fitted"


def _is_test(reliability: Mapping[str, Any]) -> bool:
    return bool(reliability["part"] == Part.TEST)


def _weighed(weights: Sequence[float]) -> str:
    return ", ".join(f"{severity} {weight:.2f}" for severity, weight in zip(Severity, weights, strict=True))


def _studies(number: int) -> str:
    return "1 study" if number == 1 else f"{number:,} studies"


def _with_interval(score: Mapping[str, float | None]) -> str:
    if score["value"] is None:
        return "–"
    if score["low"] is None or score["high"] is None:
        return f"{score['value']:.3f}"
    return f"{score['value']:.3f} ({score['low']:.3f} to {score['high']:.3f})"
