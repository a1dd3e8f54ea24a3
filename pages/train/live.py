"""One run as it goes on, read from its folder."""

import streamlit as st

from lsdc.charts.learning import learning_curve, learning_rate_curve
from lsdc.charts.sentences import about_learning, about_learning_rate
from lsdc.config import Precision
from lsdc.runs import RunFolder, RunState, RunStatus
from lsdc.training.queue import resume_run, stop_run
from lsdc.ui.charts import show_chart
from lsdc.ui.errors import as_text, friendly_errors
from lsdc.ui.frame import SYNTHETIC_BADGE
from lsdc.ui.runs import STATE_BADGES, ListedRun, progress_share, progress_text, read_runs

REFRESH_SECONDS = 2.0


def draw_run(listed: ListedRun) -> None:
    """Draw the run, again and again until it is over."""
    is_live = not listed.status.state.is_over
    draw = st.fragment(_draw, run_every=REFRESH_SECONDS if is_live else None)
    draw(listed, is_live=is_live)


def _draw(listed: ListedRun, *, is_live: bool) -> None:
    with friendly_errors():
        status = listed.run.status()
        if is_live and status.state.is_over:
            # The whole page once more, which also ends the refreshing.
            st.rerun()
        _draw_state(listed, status)
        if listed.members:
            _draw_members(listed)
            _draw_summary(listed.run)
            return
        _draw_history(listed.run)
        _draw_summary(listed.run)
        _draw_log(listed.run)


def _draw_state(listed: ListedRun, status: RunStatus) -> None:
    mark = f" {SYNTHETIC_BADGE}" if listed.synthetic else ""
    words, action = st.columns([4, 1], vertical_alignment="center")
    words.markdown(f"{STATE_BADGES[status.state]}{mark} {as_text(status.hindrance or status.message)}")
    with action.container(horizontal=True, horizontal_alignment="right"):
        _draw_action(listed.run, status)
    if not (status.state.is_over or status.waits):
        st.progress(progress_share(status), text=progress_text(status))
    if facts := [*_machine(listed.run), *_pace(status)]:
        st.caption(" · ".join(facts))
    if status.state is RunState.FAILED:
        st.caption(
            "The log below says what happened before. “Repeat” puts the run's hyperparameters into the sidebar, "
            "to be changed or started again."
        )


def _draw_action(run: RunFolder, status: RunStatus) -> None:
    if not status.state.is_over:
        asked = run.stop_requested
        label = "Stopping …" if asked else "Stop"
        if st.button(label, icon=":material/stop:", disabled=asked, key=f"stop_{run.run_id}"):
            stop_run(run)
            st.rerun(scope="fragment")
    elif status.state is not RunState.FINISHED and run.can_resume:
        if st.button("Resume", icon=":material/resume:", key=f"resume_{run.run_id}"):
            resume_run(run)
            st.rerun()
    elif status.state is RunState.FINISHED:
        st.page_link("pages/compare/page.py", label="Compare", icon=":material/leaderboard:")


def _draw_members(listed: ListedRun) -> None:
    labels = {other.run.run_id: other.label for other in read_runs()[0]}
    st.markdown("\n".join(f"- {as_text(labels.get(name, f'{name}, which is not here'))}" for name in listed.members))


def _draw_history(run: RunFolder) -> None:
    history = run.history()
    if history.empty:
        st.caption("The curves begin when the first epoch has ended.")
        return
    left, right = st.columns(2, gap="large")
    with left:
        show_chart(learning_curve(history, "loss"), sentence=about_learning(history, "loss"), title="Loss")
    with right:
        show_chart(learning_curve(history, "accuracy"), sentence=about_learning(history, "accuracy"), title="Accuracy")
    if history["learning_rate"].nunique() > 1:
        with st.expander("Learning rate", icon=":material/trending_down:"):
            show_chart(learning_rate_curve(history), sentence=about_learning_rate(history))


def _draw_summary(run: RunFolder) -> None:
    if run.has_model_summary:
        with st.expander("Layers and parameters", icon=":material/account_tree:"):
            st.code(run.model_summary(), language=None, height=420)


def _draw_log(run: RunFolder) -> None:
    with st.expander("Log", icon=":material/terminal:"):
        st.code(run.log_tail() or "Nothing yet.", language=None, height=280)


def _machine(run: RunFolder) -> list[str]:
    """Device, backend and precision, as far as the run's process has settled them."""
    # Read afresh: they are written after the run was listed.
    record = RunFolder(run.path).record
    if not record.get("device"):
        return []
    precision = run.config.precision
    if precision is Precision.AUTO:
        precision = record.get("precision", {}).get("chosen", "")
    return [as_text(part) for part in (record["device"], record["backend"], precision) if part]


def _pace(status: RunStatus) -> list[str]:
    """The node of the cluster, seconds per step, and the memory that is in use while the run goes on."""
    facts = [f"on {as_text(status.host)}"] if status.node else []
    if status.seconds_per_step is not None:
        facts.append(f"{status.seconds_per_step:.3g} s per step")
    if status.memory_bytes and status.memory_total_bytes and not status.state.is_over:
        facts.append(f"{status.memory_bytes / 2**30:.1f} of {status.memory_total_bytes / 2**30:.0f} GiB in use")
    return facts
