"""The model card: what a run is, what it learned from, how good it is, and what it must not be used for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lsdc.config import TrainingConfig
from lsdc.evaluation.calibration_file import about_fit, about_reliability
from lsdc.evaluation.leakage import has_leak
from lsdc.evaluation.markdown import number, table, with_interval
from lsdc.evaluation.metrics import METRICS, REPORT_METRICS, SLICE_METRICS
from lsdc.labels import Severity

RESEARCH_ONLY = "Research only. Not a medical device; not for diagnosis or treatment."


def model_card(
    *,
    run_id: str,
    config: TrainingConfig,
    data: Mapping[str, Any],
    metrics: Mapping[str, Any],
    calibration: Mapping[str, Any],
) -> str:
    """Write the card of a finished run.

    Args:
        run_id: The name of the run.
        config: Its hyperparameters.
        data: What it learned from: `name`, `fingerprint`, `synthetic`, `rows`, `studies`.
        metrics: What `evaluate` made of its predictions.
        calibration: The record of `lsdc.evaluation.calibration.calibrate`.

    Returns:
        Markdown that ends with a line break.
    """
    chapters = [
        f"# {run_id}",
        f"**{RESEARCH_ONLY}**",
        *_warnings(data, metrics),
        "## What it does",
        _purpose(config),
        "## What it learned from",
        _data(config, data),
        "## How good it is",
        _performance(metrics),
        "## Where it goes wrong",
        _confusion(metrics["confusion"]),
        _by_class(metrics["by_class"]),
        *_fewer_slices(metrics["by_slices"]),
        "## Calibration",
        f"{about_fit(calibration)} {about_reliability(calibration)}",
        "## Limits",
        _LIMITS,
        "## Hyperparameters",
        table(("Name", "Value"), [(name, f"`{value}`") for name, value in config.model_dump(mode="json").items()]),
    ]
    return "\n\n".join(chapters) + "\n"


_LIMITS = (
    "- It grades a point that somebody marked; it does not find levels by itself.\n"
    "- It was judged on data of the same origin; on other scanners, protocols and populations it may be worse.\n"
    "- The labels are opinions of readers, and their agreement on this data set was not published."
)


def _warnings(data: Mapping[str, Any], metrics: Mapping[str, Any]) -> list[str]:
    warnings = []
    if data["synthetic"]:
        warnings.append("**SYNTHETIC**: it learned from generated phantoms, and has never seen a patient's image.")
    if has_leak(metrics["leak_check"]):
        warnings.append(
            "**Leaks**: parts of the split share patients or images, so what was chosen or scored on them looks better "
            "than it is."
        )
    if metrics["chosen_on_these_rows"]:
        warnings.append(
            "**Chosen on these rows**: there are no test rows; the numbers are of the validation rows, on which the "
            "best epoch was chosen."
        )
    return warnings


def _purpose(config: TrainingConfig) -> str:
    targets = ", ".join(target.title for target in config.targets)
    levels = ", ".join(level.value for level in config.levels)
    return f"Grades {targets} at a marked point of {levels} as {', '.join(Severity)}. Network: `{config.model}`; input: {config.input_kind}, {config.image_px} px."


def _data(config: TrainingConfig, data: Mapping[str, Any]) -> str:
    split = config.split
    return (
        f"{data['name']}: {data['rows']} labelled points of {data['studies']} studies, divided by {split.unit} "
        f"({split.strategy}, seed {split.seed}). Fingerprint of the labels: `{data['fingerprint']}`."
    )


def _performance(metrics: Mapping[str, Any]) -> str:
    baselines = metrics["baselines"]
    results = metrics["metrics"] | metrics["report_metrics"]
    rows = [
        (
            f"{metric.title} ({'higher' if metric.higher_is_better else 'lower'} is better)",
            with_interval(metric, results[metric.name]),
            *(number(metric, baseline[metric.name]["value"]) for baseline in baselines.values()),
        )
        for metric in (*METRICS, *REPORT_METRICS)
    ]
    header = ("Metric", "This run (95 % interval)", *(f"Baseline: {name}" for name in baselines))
    origin = (
        f"On {metrics['rows']} {metrics['scored_on']} rows of {metrics['studies']} studies. The baselines see no "
        "pixels; a network that does not beat them has learnt nothing from its images."
    )
    return f"{origin}\n\n{table(header, rows)}"


def _confusion(confusion: list[list[int]]) -> str:
    header = ("True grade", *(f"graded {severity}" for severity in Severity))
    return table(header, [(severity, *map(str, counts)) for severity, counts in zip(Severity, confusion, strict=True)])


def _by_class(by_class: Mapping[str, Mapping[str, Any]]) -> str:
    names = ("auc", "recall", "specificity", "precision", "f1")
    rows = [
        (grade, str(of["rows"]), *("–" if of[name] is None else f"{of[name]:.3f}" for name in names))
        for grade, of in by_class.items()
    ]
    return table(("Grade", "Rows", "AUC", "Recall", "Specificity", "Precision", "F1"), rows)


def _fewer_slices(by_slices: Mapping[str, Mapping[str, Any]]) -> list[str]:
    if not by_slices:
        return []
    rows = [
        (slices, *(with_interval(metric, of["metrics"][metric.name]) for metric in SLICE_METRICS))
        for slices, of in by_slices.items()
    ]
    header = ("Slices, at most", *(f"{metric.title} (95 % interval)" for metric in SLICE_METRICS))
    return [
        "## With fewer slices",
        f"The same rows, with the slices nearest to the point shown and the others hidden.\n\n{table(header, rows)}",
    ]
