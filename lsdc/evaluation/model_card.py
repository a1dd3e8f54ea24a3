"""The model card: what a run is, what it learned from, how good it is, and what it must not be used for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from lsdc.config import SplitStrategy, TrainingConfig
from lsdc.config.words import in_words
from lsdc.evaluation.calibration_file import about_fit, about_reliability
from lsdc.evaluation.leakage import has_leak
from lsdc.evaluation.markdown import escaped, number, table, with_interval
from lsdc.evaluation.metrics import METRICS, REPORT_METRICS, SLICE_METRICS
from lsdc.evaluation.reproduction import commands, judged_by
from lsdc.labels import Severity

RESEARCH_ONLY = "Research only. Not a medical device; not for diagnosis or treatment."


def model_card(
    *,
    run_id: str,
    config: TrainingConfig,
    record: Mapping[str, Any],
    metrics: Mapping[str, Any],
    calibration: Mapping[str, Any],
    members: Mapping[str, TrainingConfig] = MappingProxyType({}),
) -> str:
    """Write the card of a finished run.

    Args:
        run_id: The name of the run.
        config: Its hyperparameters.
        record: The whole of its config.json: of it `data`, `versions` and `commit`, and what else is there.
        metrics: What `evaluate` made of its predictions.
        calibration: The content of its calibration.json.
        members: Of an ensemble the hyperparameters of each member, by its name.

    Returns:
        Markdown that ends with a line break.
    """
    data = record["data"]
    chapters = [
        f"# {run_id}",
        f"**{RESEARCH_ONLY}**",
        *_warnings(data, metrics),
        "## What it does",
        _purpose(config, members),
        "## Intended use",
        _INTENDED_USE,
        "## What it learned from",
        _data(config, record, members),
        "## How good it is",
        _performance(metrics),
        "## By level",
        _by_level(metrics["by_level"]),
        "## Where it goes wrong",
        _confusion(metrics["confusion"]),
        _by_class(metrics["by_class"]),
        *_fewer_slices(metrics["by_slices"]),
        "## Calibration",
        f"{about_fit(calibration)} {about_reliability(calibration)}",
        "## Limits",
        _LIMITS,
        "## Environment",
        _environment(record),
        "## How to reproduce",
        _reproduction(record, config, members),
        "## Hyperparameters",
        _hyperparameters(members or {"Value": config}),
    ]
    return "\n\n".join(chapters) + "\n"


_INTENDED_USE = (
    "- For research, teaching, and as a baseline that others can be measured against.\n"
    "- For points that a person marked at a disc level, on images like those that it learned from.\n"
    "- Not for diagnosis, treatment or triage, and not for any decision about a patient."
)

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


def _purpose(config: TrainingConfig, members: Mapping[str, TrainingConfig]) -> str:
    targets = ", ".join(target.title for target in config.targets)
    levels = ", ".join(level.value for level in config.levels)
    task = f"Grades {targets} at a marked point of {levels} as {', '.join(Severity)}."
    if not members:
        return f"{task} {_network(config)}"
    lines = [f"- {name}. {_network(of)}" for name, of in members.items()]
    return f"{task} It is an ensemble: its probabilities are the mean of those of {len(members)} runs.\n\n" + "\n".join(
        lines
    )


def _network(config: TrainingConfig) -> str:
    slices = f", {config.crop.num_slices} slices" if config.neighbours else ""
    return f"Network: `{config.model}`; input: {config.input_kind}, {config.image_px} px{slices}."


def _data(config: TrainingConfig, record: Mapping[str, Any], members: Mapping[str, TrainingConfig]) -> str:
    data, shared = record["data"], judged_by(record)
    split = shared or config.split
    set_aside = (
        f"{split.test_share * 100:.0f} % of the studies were set aside as test rows first"
        if split.strategy is not SplitStrategy.THREE_WAY
        else "a tenth of them are test rows"
    )
    fold = f", fold {split.fold + 1} of {split.folds}" if split.strategy is SplitStrategy.K_FOLD else ""
    return (
        f"{escaped(data['name'])}: {data['rows']} labelled points of {data['studies']} studies, divided by {split.unit} "
        f"({split.strategy}{fold}, seed {split.seed}); {set_aside}. Fingerprint of the labels: `{data['fingerprint']}`."
        + (_DIVIDED_AGAIN if shared else "")
        + _left_out(data, members)
    )


_DIVIDED_AGAIN = (
    " That division is the same for all trials of a sweep. What it leaves for training was divided once more, by the split "
    "among the hyperparameters; what that one sets aside was not used."
)


def _left_out(data: Mapping[str, Any], members: Mapping[str, TrainingConfig]) -> str:
    if "left_out" not in data:
        return ""
    left_out, first = data["left_out"], next(iter(members), None)
    training = f"the training of {first}" if first else "training"
    return (
        f" A label review ({escaped(left_out['review'])}, sha256 `{left_out['sha256']}`) left {left_out['rows']} of them out of "
        f"{training}; none of the rows below that judge it. {first or 'The run'} keeps it as `review.csv`."
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


def _by_level(by_level: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        (level, str(of["rows"]), *(number(metric, of[metric.name]) for metric in METRICS))
        for level, of in by_level.items()
    ]
    return table(("Level", "Rows", *(metric.title for metric in METRICS)), rows)


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


def _environment(record: Mapping[str, Any]) -> str:
    facts = {
        "Made": record.get("created"),
        "Commit": record.get("commit"),
        "Device": record.get("device"),
        "Backend": record.get("backend"),
        **record.get("versions", {}),
    }
    return table(("What", "Which"), [(name, f"`{value}`") for name, value in facts.items() if value])


def _reproduction(record: Mapping[str, Any], config: TrainingConfig, members: Mapping[str, TrainingConfig]) -> str:
    needs = (
        "The runs that it averages; their cards say how to make them."
        if members
        else "The data set whose labels have the fingerprint above, and the versions above; on another device or backend the "
        "numbers differ in their last digits."
    )
    if judged_by(record) and not members:
        needs += (
            " `train` alone cannot repeat the run: the command trains the same network, but divides all rows by the split "
            "among the hyperparameters. A sweep over that split, on the division above, repeats it."
        )
    lines = "\n".join(commands(record, config, list(members)))
    return f"{needs}\n\n```\n{lines}\n```"


def _hyperparameters(configs: Mapping[str, TrainingConfig]) -> str:
    words = [in_words([config]) for config in configs.values()]
    rows = [(name, *(f"`{of[name]}`" for of in words)) for name in TrainingConfig.model_fields]
    return table(("Name", *configs), rows)
