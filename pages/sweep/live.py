"""One sweep as it goes on, read from the folders of its runs."""

import pandas as pd
import streamlit as st

from lsdc.charts.parallel import parallel_coordinates
from lsdc.charts.search import importance_bars, search_history
from lsdc.charts.sentences import about_importance, about_parallel, about_search
from lsdc.evaluation.metrics import METRICS
from lsdc.evaluation.stored import current_metrics
from lsdc.sweeps.control import ensure_driver, remove, resume_sweep, stop_sweep
from lsdc.sweeps.folder import SweepFolder, SweepState
from lsdc.sweeps.trials import Trial, TrialState
from lsdc.ui.charts import show_chart
from lsdc.ui.errors import as_text, friendly_errors
from lsdc.ui.sweeps import (
    STATE_BADGES,
    ListedSweep,
    about_choice,
    load_importances,
    log_axes,
    read_sweep,
    title,
    trial_table,
    value_table,
    word,
)

REFRESH_SECONDS = 3.0
SHOWN_METRICS = METRICS[:4]


def draw_sweep(listed: ListedSweep) -> None:
    """Draw the sweep, again and again until it is over."""
    draw = st.fragment(_draw, run_every=None if listed.state.is_over else REFRESH_SECONDS)
    draw(listed.sweep, is_live=not listed.state.is_over)
    _draw_removal(listed)


def _draw(sweep: SweepFolder, *, is_live: bool) -> None:
    with friendly_errors():
        ensure_driver(sweep)
        listed = read_sweep(sweep)
        if is_live and listed.state.is_over:
            # The whole page once more, which also ends the refreshing.
            st.rerun()
        _draw_state(listed)
        if not listed.trials:
            st.caption("The first trial is being drawn.")
            return
        _draw_best(listed)
        _draw_charts(listed)
        _draw_table(listed)


def _draw_state(listed: ListedSweep) -> None:
    words, action = st.columns([4, 1], vertical_alignment="center")
    words.markdown(f"{STATE_BADGES[listed.state]} {as_text(listed.end.reason) if listed.end else ''}")
    with action.container(horizontal=True, horizontal_alignment="right"):
        _draw_action(listed)
    over = sum(trial.state.is_over for trial in listed.trials)
    counts = [f"{listed.count(state)} {state}" for state in TrialState if listed.count(state)]
    st.progress(
        min(over / listed.definition.trials, 1.0),
        text=f"{over} of at most {listed.definition.trials} trials over · {' · '.join(counts)}",
    )


def _draw_action(listed: ListedSweep) -> None:
    sweep = listed.sweep
    if listed.state is SweepState.SEARCHING:
        if st.button("Stop", icon=":material/stop:", key=f"stop_{sweep.sweep_id}"):
            stop_sweep(sweep)
            st.rerun()
    elif listed.state is SweepState.STOPPED and st.button(
        "Resume", icon=":material/resume:", key=f"resume_{sweep.sweep_id}"
    ):
        resume_sweep(sweep)
        st.rerun()


def _draw_best(listed: ListedSweep) -> None:
    best = listed.best
    if best is None or best.run is None:
        st.caption("The best trial stands here when the first has finished.")
        return
    with st.container(border=True):
        values = " · ".join(f"{title(name)}: {word(value)}" for name, value in best.drawn.items())
        heading = "Best" if listed.state.is_over else "Best so far"
        st.markdown(f"**{heading}: trial {best.number}**  \n{as_text(values)}")
        _draw_scores(best)
        with st.container(horizontal=True):
            query = {"run": best.run.run_id}
            st.page_link(
                "pages/predict/page.py", label="Open in Predict", icon=":material/radiology:", query_params=query
            )
            st.page_link(
                "pages/train/page.py", label="See the run", icon=":material/model_training:", query_params=query
            )


def _draw_scores(best: Trial) -> None:
    with st.container(horizontal=True, gap="large"):
        st.metric("Validation loss", f"{best.loss:.4f}", width="content")
        if best.run is None or not best.run.is_scored:
            return
        metrics = current_metrics(best.run)
        for metric in SHOWN_METRICS:
            score = metrics["metrics"][metric.name]
            if score["value"] is not None:
                st.metric(
                    f"{metric.title}, {metrics['scored_on']}", format(score["value"], metric.format), width="content"
                )
    st.caption(about_choice(best.run))


def _draw_charts(listed: ListedSweep) -> None:
    table = trial_table(listed.trials)
    left, right = st.columns(2, gap="large")
    with left:
        show_chart(search_history(table), sentence=about_search(table), title="History")
    with right:
        if shares := load_importances(listed):
            show_chart(importance_bars(shares), sentence=about_importance(shares), title="What mattered")
        else:
            st.markdown("#### What mattered")
            st.caption("Eight trials must have finished, and differ, before this can be told.")
    values, best = value_table(listed.trials), listed.best
    if best is not None and len(values) > 1:
        name = f"trial {best.number}"
        chart = parallel_coordinates(values, [name], by_decades=log_axes(listed.definition))
        show_chart(chart, sentence=about_parallel(name), title="Trials")


def _draw_table(listed: ListedSweep) -> None:
    with st.expander(f"All trials ({len(listed.trials)})", icon=":material/list:"):
        st.dataframe(pd.DataFrame([_line(trial) for trial in listed.trials]), hide_index=True, key="sweep_trials")


def _line(trial: Trial) -> dict[str, object]:
    return {
        "Trial": trial.number,
        "State": trial.state.value,
        "Validation loss": trial.loss,
        "Epochs": len(trial.losses),
        **{title(name): word(value) for name, value in trial.drawn.items()},
        "Run": trial.run.run_id if trial.run else "",
        "Message": trial.message,
    }


def _draw_removal(listed: ListedSweep) -> None:
    sweep_id = listed.sweep.sweep_id
    with st.popover("Remove", icon=":material/delete:", disabled=not listed.state.is_over):
        st.markdown("Move this sweep to the folder `trash` in the artifacts? Nothing is deleted.")
        with_runs = st.checkbox("Its runs, too", key=f"with_runs_{sweep_id}")
        if st.button("Yes, remove it", type="primary", key=f"remove_{sweep_id}"):
            with friendly_errors():
                remove(listed.sweep, with_runs=with_runs)
                st.rerun()
