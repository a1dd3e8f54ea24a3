"""The runs that work or wait, as all readers see them."""

from collections.abc import Sequence

import streamlit as st

from lsdc import settings
from lsdc.errors import RunError
from lsdc.runs import RunState
from lsdc.training.queue import ensure_worker, stop_run
from lsdc.ui.errors import as_text, friendly_errors, show_advice
from lsdc.ui.runs import ListedRun, progress_share, progress_text, read_runs

REFRESH_SECONDS = 2.0
# While nothing goes on here, somebody else may start a run.
IDLE_REFRESH_SECONDS = 5.0
# As many as are read at a glance; the table of all runs has the others.
MOST_ROWS = 12
END_ICONS = {
    RunState.FINISHED: ":material/check_circle:",
    RunState.STOPPED: ":material/stop_circle:",
    RunState.FAILED: ":material/error:",
}


def draw_queue(runs: Sequence[ListedRun]) -> None:
    """Draw the queue, again and again; when a run begins or ends, the whole page is drawn once more."""
    _tell_ends(runs)
    is_live = any(_goes_on(listed) for listed in runs)
    drawn = _standing(runs)
    st.fragment(_draw, run_every=REFRESH_SECONDS if is_live else IDLE_REFRESH_SECONDS)(drawn)


def _tell_ends(runs: Sequence[ListedRun]) -> None:
    going_on = {listed.run.run_id for listed in runs if _goes_on(listed)}
    for listed in runs:
        if not _goes_on(listed) and listed.run.run_id in st.session_state.get("train_going_on", ()):
            st.toast(
                f"**{as_text(listed.label)}** {listed.status.state}.",
                icon=END_ICONS[listed.status.state],
                duration="long",
            )
    st.session_state["train_going_on"] = going_on


def _draw(drawn: frozenset[tuple[str, bool]]) -> None:
    with friendly_errors():
        runs, _ = read_runs()
        if _standing(runs) != drawn:
            st.rerun()
        going_on = sorted((listed for listed in runs if _goes_on(listed)), key=_turn)
        if any(listed.place or listed.status.is_lost for listed in going_on):
            ensure_worker()
        computes = any(not listed.place for listed in going_on)
        with st.container(gap="xxsmall"):
            for listed in going_on[:MOST_ROWS]:
                _draw_row(listed, computes=computes)
        if len(going_on) > MOST_ROWS:
            st.caption(f"And {len(going_on) - MOST_ROWS} more that wait.")


def _draw_row(listed: ListedRun, *, computes: bool) -> None:
    run = listed.run
    with st.container(key=f"queue_{run.run_id}"):
        asked = listed.status.state is RunState.STOPPING
        name, state, action = st.columns([4, 8, 1], vertical_alignment="center")
        if name.button(
            as_text(listed.label), type="tertiary", on_click=_select, args=(run.run_id,), key=f"queue_show_{run.run_id}"
        ):
            # The box with the chosen run is outside of this fragment.
            st.rerun()
        if listed.place:
            state.markdown(f"{listed.state_badge} {_why_it_waits(listed, computes=computes)}")
        else:
            state.progress(progress_share(listed.status), text=_what_it_does(listed, asked=asked))
        if action.button(
            "", icon=":material/stop:", help="Stop", disabled=asked, type="tertiary", key=f"queue_stop_{run.run_id}"
        ):
            _stop(listed)


def _stop(listed: ListedRun) -> None:
    try:
        stop_run(listed.run)
    except RunError as error:
        # It ended, or somebody else stopped it, between the drawing and the click.
        show_advice(error)
    else:
        st.rerun(scope="fragment")


def _why_it_waits(listed: ListedRun, *, computes: bool) -> str:
    if listed.status.slot is not None:
        return "Its process is starting."
    if listed.status.hindrance:
        return as_text(listed.status.hindrance)
    if listed.place != 1:
        return ""
    if computes:
        return "Waits for a free slot."
    return f"The worker is about to start it; if it does not, {as_text(settings.worker_log_path().name)} says why."


def _what_it_does(listed: ListedRun, *, asked: bool) -> str:
    if asked:
        return f"Stopping: {as_text(listed.status.message)}"
    if listed.status.eta_seconds is None:
        return as_text(listed.status.message)
    return progress_text(listed.status)


def _select(run_id: str) -> None:
    st.session_state["train_run"] = run_id


def _standing(runs: Sequence[ListedRun]) -> frozenset[tuple[str, bool]]:
    """Which runs there are, and which of them go on."""
    return frozenset((listed.run.run_id, _goes_on(listed)) for listed in runs)


def _goes_on(listed: ListedRun) -> bool:
    return not listed.status.state.is_over


def _turn(listed: ListedRun) -> tuple[int, float]:
    """Those that work first, then the line."""
    return listed.place or 0, listed.status.started or 0.0
