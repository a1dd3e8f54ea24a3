"""Runs as pages list and choose them; a damaged folder is listed with its reason and hides no other run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import streamlit as st

from lsdc import settings
from lsdc.config import TrainingConfig
from lsdc.errors import CorruptRunError
from lsdc.runs import RunFolder, RunNotes, RunState, RunStatus, list_runs
from lsdc.runs.paths import FileVersion
from lsdc.runs.queue import in_line
from lsdc.ui.durations import about
from lsdc.ui.errors import as_text

STATE_BADGES = {
    RunState.QUEUED: ":gray-badge[:material/schedule: queued]",
    RunState.RUNNING: ":blue-badge[:material/play_arrow: running]",
    RunState.STOPPING: ":gray-badge[:material/stop: stopping]",
    RunState.STOPPED: ":gray-badge[:material/stop: stopped]",
    RunState.FINISHED: ":green-badge[:material/check: finished]",
    RunState.FAILED: ":red-badge[:material/error: failed]",
}


@dataclass(frozen=True, kw_only=True)
class ListedRun:
    """A run whose folder can be read.

    Args:
        place: In the queue, from 1; None for one that does not wait.
        members: Of an ensemble the names of the runs that it averages; empty for one that was trained.
    """

    run: RunFolder
    config: TrainingConfig
    notes: RunNotes
    status: RunStatus
    place: int | None
    synthetic: bool
    data_name: str
    members: tuple[str, ...] = ()

    @property
    def network(self) -> str:
        """The network that it trained, or of how many runs it is the mean."""
        return f"ensemble of {len(self.members)} runs" if self.members else self.config.model

    @property
    def name(self) -> str:
        """What a person calls it; may be empty."""
        return self.notes.name

    @property
    def label(self) -> str:
        """What tables and charts call it: the name that a person gave it, told apart by the folder's last letters."""
        return f"{self.name} · {self.run.run_id[-4:]}" if self.name else self.run.run_id

    @property
    def state_badge(self) -> str:
        """State, and the place in the queue of one that waits."""
        badge = STATE_BADGES[self.status.state]
        return badge.removesuffix("]") + f" · number {self.place}]" if self.place else badge

    @property
    def line(self) -> str:
        """What a list to choose from says of it."""
        return " · ".join(part for part in (self.label, self.started) if part)

    @property
    def started(self) -> str:
        """Date and time, as the folder's name tells it."""
        stamp = self.run.run_id[: len("yyyymmdd-hhmmss")]
        try:
            return f"{datetime.strptime(stamp, '%Y%m%d-%H%M%S'):%Y-%m-%d %H:%M}"  # noqa: DTZ007  # local, as it was written
        except ValueError:
            # A folder that somebody renamed, such as the demo runs.
            return ""


@dataclass(frozen=True, kw_only=True)
class DamagedRun:
    """A run folder that cannot be read, and why."""

    run_id: str
    reason: str


def read_runs() -> tuple[list[ListedRun], list[DamagedRun]]:
    """All runs, newest first, and apart from them the damaged ones."""
    readable: list[ListedRun] = []
    damaged: list[DamagedRun] = []
    for run in list_runs(settings.runs_root()):
        try:
            readable.append(_as_written(run.path, run.versions()))
        except CorruptRunError as error:
            damaged.append(DamagedRun(run_id=run.run_id, reason=str(error)))
    line = in_line({listed.run.run_id: listed.status for listed in readable})
    places = {name: place for place, name in enumerate(line, start=1)}
    return [_as_it_is(listed, places) for listed in readable], damaged


def show_damaged(damaged: Sequence[DamagedRun]) -> None:
    """Say which folders cannot be read, and why."""
    if not damaged:
        return
    with st.expander(f"Run folders that cannot be read: {len(damaged)}", icon=":material/folder_off:"):
        for run in damaged:
            st.markdown(f"**{as_text(run.run_id)}**  \n{as_text(run.reason)}")


def show_failed(runs: Sequence[ListedRun]) -> None:
    """Say which runs failed, and why; they are not ranked."""
    failed = [listed for listed in runs if listed.status.state is RunState.FAILED]
    if not failed:
        return
    with st.expander(f"Runs that failed: {len(failed)}", icon=":material/error:"):
        for listed in failed:
            st.markdown(f"**{as_text(listed.label)}**  \n{as_text(listed.status.message)}")


def choose_run(label: str, runs: Sequence[ListedRun], *, key: str) -> ListedRun:
    """A box with the runs; the address keeps the choice, so that a reload or a link shows the same run."""
    by_id = {listed.run.run_id: listed for listed in runs}
    if st.session_state.get(key) not in by_id:
        asked = st.query_params.get("run")
        st.session_state[key] = asked if asked in by_id else next(iter(by_id))
    chosen = st.selectbox(label, list(by_id), format_func=lambda run_id: by_id[run_id].line, key=key)
    st.query_params["run"] = chosen
    return by_id[chosen]


def progress_share(status: RunStatus) -> float:
    """How much of all epochs is done, from 0 to 1."""
    if not status.epochs:
        return 0.0
    within = status.step / status.steps if status.steps else 0.0
    return min((status.epoch + within) / status.epochs, 1.0)


def progress_text(status: RunStatus) -> str:
    """Epochs, steps and the time that is left."""
    parts = [f"{status.epoch} of {status.epochs} epochs done"]
    if status.steps:
        parts.append(f"step {status.step} of {status.steps}")
    if status.eta_seconds is not None:
        parts.append(f"about {about(status.eta_seconds)} left")
    return " · ".join(parts)


@lru_cache(maxsize=1024)
def _as_written(path: Path, versions: tuple[FileVersion | None, ...]) -> ListedRun:  # noqa: ARG001  # key
    """A run as its files say; pages look every two seconds, and most runs never change again."""
    run = RunFolder(path)
    data = run.data
    return ListedRun(
        run=run,
        config=run.config,
        notes=run.notes(),
        status=run.written_status(),
        place=None,
        synthetic=bool(data.get("synthetic")),
        data_name=str(data.get("name", "")),
        members=tuple(member.run_id for member in run.members()) if run.is_ensemble else (),
    )


def _as_it_is(listed: ListedRun, places: Mapping[str, int]) -> ListedRun:
    """Whether a run lives is not in its files."""
    if listed.status.state.is_over:
        return listed
    return replace(listed, status=listed.run.status(), place=places.get(listed.run.run_id))
