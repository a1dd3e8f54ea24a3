"""The driver of one sweep: draws trials, puts them into the queue as ordinary runs, and stops the poor ones.

`ensure_driver` starts it. Like the worker it remembers nothing that is not in the folders of the sweep and of its runs,
so it may be killed at any instant: a trial exists from the rename that makes its run folder, and not before, and the
next driver counts those. It ends when the search has ended and the last trial is over.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from lsdc import settings
from lsdc.errors import ConfigError, LsdcError, RunError, SplitError
from lsdc.runs import RunNotes, SweepTrial
from lsdc.sweeps.folder import Infeasible, SweepEnd, SweepFolder, learns_from
from lsdc.sweeps.search import is_poor, suggest
from lsdc.sweeps.trials import PRUNED, STOPPED_TOO, Trial, TrialState
from lsdc.training.device import slots
from lsdc.training.launch import start_run
from lsdc.training.processes import keep_lock
from lsdc.training.queue import ensure_worker, stop_run

POLL_SECONDS = 1.0
# As many trials that fail one after the other will not be the last.
FAILURES_IN_A_ROW = 5
OTHER_ROWS = "The labels, or their review, are not those that the sweep began with, so that trials cannot be compared."


class Driver:
    """Searches one sweep, turn by turn.

    Args:
        sweep: The folder.
    """

    def __init__(self, sweep: SweepFolder) -> None:
        self._sweep, self._definition, self._data_root = sweep, sweep.definition, sweep.data_root
        self._parallel = self._definition.parallel or len(slots())

    def turn(self) -> bool:
        """Look at all trials once, and do what there is to do; returns whether there is anything left to do."""
        trials = self._trials()
        live = [trial for trial in trials if not trial.state.is_over]
        if any(trial.state is TrialState.WAITING for trial in live):
            ensure_worker()
        end = self._sweep.end()
        if end is None:
            self._prune(trials, live)
            while self._draw(trials):
                trials = self._trials()
        elif not end.finished:
            # One that a person has resumed since goes on.
            _stop([trial for trial in live if trial.enqueued < end.when], STOPPED_TOO)
        return end is None or bool(live)

    def _trials(self) -> list[Trial]:
        return self._sweep.trials(settings.runs_root())

    def _prune(self, trials: Sequence[Trial], live: Sequence[Trial]) -> None:
        if self._definition.prune:
            running = [trial for trial in live if trial.state is TrialState.RUNNING]
            _stop([trial for trial in running if is_poor(self._definition, trials, trial)], PRUNED)

    def _draw(self, trials: Sequence[Trial]) -> bool:
        """Draw a trial if there is a place for it, or end the search if there is a reason to; returns whether it drew."""
        if self._sweep.end() is not None:
            return False  # somebody stopped the sweep just now
        if end := self._why_it_ends(trials):
            end_search(self._sweep, end)
            return False
        if sum(not trial.state.is_over for trial in trials) >= self._parallel:
            return False
        number = max((trial.number for trial in trials), default=0) + 1
        values = suggest(self._definition, trials, number)
        if values is None:
            end_search(self._sweep, SweepEnd(finished=True, reason="The search draws nothing new any more."))
            return False
        self._begin(number, values)
        return True

    def _why_it_ends(self, trials: Sequence[Trial]) -> SweepEnd | None:
        """Trials that work go on to their end, whatever the reason."""
        definition = self._definition
        if len(trials) >= definition.trials:
            return SweepEnd(finished=True, reason=f"All {definition.trials} trials were drawn.")
        minutes = sum(trial.seconds for trial in trials) / 60
        if definition.minutes is not None and minutes >= definition.minutes:
            return SweepEnd(finished=True, reason=f"{minutes:.0f} minutes of computing are used.")
        if len(trials) >= definition.space.size:
            return SweepEnd(finished=True, reason="Every combination was tried.")
        since = [trial for trial in trials if trial.run and trial.state.is_over and trial.enqueued > self._sweep.opened]
        last = since[-FAILURES_IN_A_ROW:]
        if len(last) == FAILURES_IN_A_ROW and all(trial.state is TrialState.FAILED for trial in last):
            reason = f"{FAILURES_IN_A_ROW} trials failed one after the other. The last one: {last[-1].message}"
            return SweepEnd(finished=False, reason=reason)
        return None

    def _begin(self, number: int, values: dict[str, object]) -> None:
        """Put a trial into the queue, or remember that it cannot be run."""
        definition = self._definition
        trial = SweepTrial(id=self._sweep.sweep_id, number=number, held_out=definition.held_out)
        notes = RunNotes.parse(name=f"{definition.title} · trial {number}", tags=("sweep",))
        try:
            config = definition.base.changed(**values)
            run = start_run(config, preset=definition.preset, data_root=self._data_root, notes=notes, trial=trial)
        except (ConfigError, SplitError) as error:
            self._sweep.add_infeasible(Infeasible(number=number, values=values, reason=error.happened))
            _log(f"trial {number} cannot be run: {error.happened}")
            return
        _log(f"trial {number} is {run.run_id}")
        if self._sweep.learns_from != learns_from(run.data):
            end_search(self._sweep, SweepEnd(finished=False, reason=OTHER_ROWS))
        end = self._sweep.end()
        if end is not None and not end.finished:
            # Somebody stopped the sweep while the trial was drawn.
            stop_run(run, STOPPED_TOO)


def main(arguments: Sequence[str]) -> None:
    """Search until the sweep has ended.

    Args:
        arguments: The sweep's folder, and the descriptor of its lock with which the process was started.
    """
    folder, descriptor = arguments
    keep_lock(descriptor)
    sweep = SweepFolder(Path(folder))
    try:
        driver = Driver(sweep)
        while _turn(driver, sweep):
            time.sleep(POLL_SECONDS)
    except Exception as error:
        # Somebody would start the next driver at once, and it would meet the same.
        said = str(error) if isinstance(error, LsdcError) else f"{type(error).__name__}: {error}. driver.log says more."
        if sweep.path.exists():
            end_search(sweep, SweepEnd(finished=False, reason=f"The search could not go on. {said}"))
        raise


def end_search(sweep: SweepFolder, end: SweepEnd) -> None:
    """Draw no further trial, unless the search has ended already: what a person said stays."""
    if sweep.end() is None:
        sweep.write_end(end)


def _turn(driver: Driver, sweep: SweepFolder) -> bool:
    try:
        return sweep.path.exists() and driver.turn()
    except OSError as error:
        # A full disk may have room again at the next turn; a folder that was removed does not come back.
        _log(str(error))
        return sweep.path.exists()


def _stop(trials: Sequence[Trial], reason: str) -> None:
    for trial in trials:
        if trial.run is not None and not trial.run.stop_requested:
            try:
                stop_run(trial.run, reason)
            except RunError as error:
                # It ended between our look and now.
                _log(str(error))
            else:
                _log(f"trial {trial.number} was asked to stop: {reason}")


def _log(line: str) -> None:
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}", flush=True)  # noqa: T201  # standard output is the driver's log


if __name__ == "__main__":
    main(sys.argv[1:])
