"""In what runs differ, what it cost, and what came of it."""

from collections.abc import Sequence

import streamlit as st

from lsdc.charts.parallel import parallel_coordinates
from lsdc.ui.charts import show_chart
from lsdc.ui.run_tables import SHOWN_METRICS, coordinate_table, cost_table, difference_table, differing
from lsdc.ui.scores import ScoredRun


def draw_differences(runs: Sequence[ScoredRun], everybody: Sequence[ScoredRun]) -> None:
    """Draw the hyperparameters in which the chosen runs differ, their costs, and all runs over all that differs."""
    _draw_hyperparameters(runs)
    _draw_costs(runs)
    _draw_parallel(runs, everybody)


def _draw_hyperparameters(runs: Sequence[ScoredRun]) -> None:
    st.markdown("#### Hyperparameters that differ")
    table = difference_table(runs)
    if table.empty:
        st.caption("None: these runs have the same hyperparameters." if len(runs) > 1 else "Choose a second run.")
        return
    st.dataframe(table, hide_index=True, key="compare_differing")


def _draw_costs(runs: Sequence[ScoredRun]) -> None:
    st.markdown("#### Cost")
    timed = st.button("Time a grade on this machine", icon=":material/timer:", key="compare_time")
    table = cost_table(runs, [_grading_ms(run) if timed else None for run in runs])
    formats = {"Parameters": "localized", "Network, MB": "%.1f", "Training, s": "%.0f", "Grading, ms": "%.1f"}
    formats |= {metric.title: "%.3f" for metric in SHOWN_METRICS}
    columns = {name: st.column_config.NumberColumn(format=form) for name, form in formats.items()}
    st.dataframe(table, hide_index=True, column_config=columns, placeholder="–", key="compare_costs_of")
    st.caption(
        "Training: the epochs alone, on the machine that trained. Grading: the network alone for one point, on this one. "
        "Of an ensemble: all its members together."
    )


def _grading_ms(run: ScoredRun) -> float | None:
    if not run.listed.run.can_predict:
        return None
    # Loads ONNX Runtime, which nobody else on this page needs.
    from lsdc.ui.graders import cached_grader

    return cached_grader(run.listed.run).network_milliseconds()


def _draw_parallel(runs: Sequence[ScoredRun], everybody: Sequence[ScoredRun]) -> None:
    st.markdown("#### All runs, over what they differ in")
    # A line goes through one value on each axis; the members of an ensemble may have several.
    trained = [run for run in everybody if not run.listed.members]
    titles = differing(trained)
    if not titles:
        st.caption("There is one run, or all have the same hyperparameters.")
        return
    names = st.multiselect(
        "Hyperparameters",
        list(titles),
        default=list(titles)[:6],
        format_func=titles.__getitem__,
        key="compare_parallel",
    )
    show_chart(
        parallel_coordinates(coordinate_table(trained, names), [run.label for run in runs if run in trained]),
        sentence="A line for each run, the chosen ones in colour; each axis spans its own values. Runs of different "
        "groups were scored on different rows, so their metrics cannot be ranked.",
    )
