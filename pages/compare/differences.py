"""In what runs differ, what it cost, and what came of it."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from lsdc.charts.parallel import parallel_coordinates
from lsdc.config import TrainingConfig
from lsdc.evaluation.metrics import METRICS
from lsdc.models.catalogue import network_size
from lsdc.ui.charts import show_chart
from lsdc.ui.scores import ScoredRun

SHOWN_METRICS = tuple(metric for metric in METRICS if metric.name in ("macro_auc", "quadratic_kappa", "log_loss"))


def draw_differences(runs: Sequence[ScoredRun], everybody: Sequence[ScoredRun]) -> None:
    """Draw the hyperparameters in which the chosen runs differ, their costs, and all runs over all that differs."""
    _draw_hyperparameters(runs)
    _draw_costs(runs)
    _draw_parallel(runs, everybody)


def _draw_hyperparameters(runs: Sequence[ScoredRun]) -> None:
    st.markdown("#### Hyperparameters that differ")
    differing = _differing(runs)
    if not differing:
        st.caption("None: these runs have the same hyperparameters." if len(runs) > 1 else "Choose a second run.")
        return
    values = {run.label: run.listed.config.model_dump(mode="json") for run in runs}
    table = pd.DataFrame(
        [
            {"Hyperparameter": TrainingConfig.model_fields[name].title}
            | {label: _as_words(of[name]) for label, of in values.items()}
            for name in differing
        ]
    )
    st.dataframe(table, hide_index=True, key="compare_differing")


def _draw_costs(runs: Sequence[ScoredRun]) -> None:
    st.markdown("#### Cost")
    timed = st.button("Time a grade on this machine", icon=":material/timer:", key="compare_time")
    lines = []
    for run in runs:
        folder, history = run.listed.run, run.listed.run.history()
        size = folder.onnx_path.stat().st_size / 1e6 if folder.can_predict else None
        lines.append(
            {
                "Run": run.label,
                "Parameters": network_size(run.listed.config).total,
                "Network, MB": size,
                "Epochs": len(history),
                "Training, s": history["seconds"].sum(),
                "Grading, ms": _grading_ms(run) if timed and folder.can_predict else None,
                **{metric.title: run.metrics["metrics"][metric.name]["value"] for metric in SHOWN_METRICS},
            }
        )
    formats = {"Parameters": "localized", "Network, MB": "%.1f", "Training, s": "%.0f", "Grading, ms": "%.1f"}
    formats |= {metric.title: "%.3f" for metric in SHOWN_METRICS}
    columns = {name: st.column_config.NumberColumn(format=form) for name, form in formats.items()}
    st.dataframe(pd.DataFrame(lines), hide_index=True, column_config=columns, placeholder="–", key="compare_costs_of")
    st.caption(
        "Training: the epochs alone, on the machine that trained. Grading: the network alone for one point, on this one."
    )


def _grading_ms(run: ScoredRun) -> float:
    # Loads ONNX Runtime, which nobody else on this page needs.
    from lsdc.ui.graders import cached_grader

    return cached_grader(run.listed.run).network_milliseconds()


def _draw_parallel(runs: Sequence[ScoredRun], everybody: Sequence[ScoredRun]) -> None:
    st.markdown("#### All runs, over what they differ in")
    differing = _differing(everybody)
    if not differing:
        st.caption("There is one run, or all have the same hyperparameters.")
        return
    names = st.multiselect(
        "Hyperparameters",
        differing,
        default=differing[:6],
        format_func=lambda name: TrainingConfig.model_fields[name].title,
        key="compare_parallel",
    )
    table = pd.DataFrame(
        [
            {
                TrainingConfig.model_fields[name].title: _as_value(run.listed.config.model_dump(mode="json")[name])
                for name in names
            }
            | {metric.title: run.metrics["metrics"][metric.name]["value"] for metric in SHOWN_METRICS}
            for run in everybody
        ],
        index=[run.label for run in everybody],
    )
    show_chart(
        parallel_coordinates(table, [run.label for run in runs]),
        sentence="A line for each run, the chosen ones in colour; each axis spans its own values. Runs of different "
        "groups were scored on different rows, so their metrics cannot be ranked.",
    )


def _differing(runs: Sequence[ScoredRun]) -> list[str]:
    values = [run.listed.config.model_dump(mode="json") for run in runs]
    return [name for name in TrainingConfig.model_fields if len({_as_words(of[name]) for of in values}) > 1]


def _as_value(value: Any) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else _as_words(value)


def _as_words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
