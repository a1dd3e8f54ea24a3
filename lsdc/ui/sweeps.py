"""Sweeps, as pages read them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from lsdc import settings
from lsdc.config import TrainingConfig
from lsdc.errors import CorruptSweepError
from lsdc.evaluation.stored import current_metrics
from lsdc.runs import RunFolder
from lsdc.sweeps.definition import SweepDefinition
from lsdc.sweeps.folder import SweepEnd, SweepFolder, SweepState, list_sweeps, state_of
from lsdc.sweeps.space import Range
from lsdc.sweeps.trials import Trial, TrialState, best_trial

STATE_BADGES = {
    SweepState.SEARCHING: ":blue-badge[:material/search: searching]",
    SweepState.STOPPING: ":gray-badge[:material/stop: stopping]",
    SweepState.STOPPED: ":gray-badge[:material/stop: stopped]",
    SweepState.FINISHED: ":green-badge[:material/check: finished]",
}


@dataclass(frozen=True, kw_only=True)
class ListedSweep:
    """A sweep whose folder can be read, with its trials."""

    sweep: SweepFolder
    definition: SweepDefinition
    trials: Sequence[Trial]
    state: SweepState
    end: SweepEnd | None

    @property
    def line(self) -> str:
        """What a list to choose from says of it."""
        return f"{self.definition.title} · {self.sweep.sweep_id[:15]}"

    @property
    def best(self) -> Trial | None:
        """The finished trial of the lowest validation loss."""
        return best_trial(self.trials)

    def count(self, *states: TrialState) -> int:
        """How many trials are in these states."""
        return sum(trial.state in states for trial in self.trials)


def read_sweep(sweep: SweepFolder) -> ListedSweep:
    """A sweep as it is now.

    Raises:
        CorruptSweepError: If its folder cannot be read.
    """
    trials = sweep.trials(settings.runs_root())
    return ListedSweep(
        sweep=sweep, definition=sweep.definition, trials=trials, state=state_of(sweep, trials), end=sweep.end()
    )


def read_sweeps() -> tuple[list[ListedSweep], dict[str, str]]:
    """All sweeps, newest first, and the reasons why others cannot be read."""
    readable: list[ListedSweep] = []
    damaged: dict[str, str] = {}
    for sweep in list_sweeps(settings.sweeps_root()):
        try:
            readable.append(read_sweep(sweep))
        except CorruptSweepError as error:
            damaged[sweep.sweep_id] = str(error)
    return readable, damaged


def about_choice(run: RunFolder) -> str:
    """What to make of the scores of the run that a sweep chose."""
    chosen = "It was chosen among many by its validation loss, which is lower by luck, too"
    if current_metrics(run)["chosen_on_these_rows"]:
        return f"{chosen}; and so are all these scores, for there are no test rows: they say nothing of other patients."
    return (
        f"{chosen}: the scores of its test rows, which had no say in the choice, are what to expect. If sweeps are "
        "repeated until the test scores please, those are chosen too."
    )


def trial_table(trials: Sequence[Trial]) -> pd.DataFrame:
    """One row per trial: `trial`, `state`, `loss`, `best` among the finished so far, and `values` as a text."""
    rows, best = [], math.nan
    for trial in trials:
        loss = math.nan if trial.loss is None else trial.loss
        if trial.state is TrialState.FINISHED and not loss >= best:
            best = loss
        values = ", ".join(f"{title(name)} {word(value)}" for name, value in trial.drawn.items())
        rows.append({"trial": trial.number, "state": trial.state.value, "loss": loss, "best": best, "values": values})
    return pd.DataFrame(rows, columns=["trial", "state", "loss", "best", "values"])


def value_table(trials: Sequence[Trial]) -> pd.DataFrame:
    """One row per finished trial, one column per searched hyperparameter by its title, and the validation loss last."""
    finished = [trial for trial in trials if trial.state is TrialState.FINISHED and trial.loss is not None]
    table = pd.DataFrame(
        [{title(name): _axis_value(value) for name, value in trial.drawn.items()} for trial in finished],
        index=[f"trial {trial.number}" for trial in finished],
    )
    table["Validation loss"] = [trial.loss for trial in finished]
    return table


def log_axes(definition: SweepDefinition) -> list[str]:
    """The titles of the hyperparameters that are searched by decades."""
    dimensions = definition.space.dimensions.items()
    return [title(name) for name, dimension in dimensions if isinstance(dimension, Range) and dimension.log]


def title(name: str) -> str:
    """What people call a hyperparameter."""
    return TrainingConfig.model_fields[name].title or name


def word(value: object) -> str:
    """A value in few letters."""
    if isinstance(value, tuple):
        return "/".join(map(str, value))
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _axis_value(value: object) -> object:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else word(value)


def load_importances(listed: ListedSweep) -> dict[str, float]:
    """How much each searched hyperparameter mattered, by its title; empty with too few finished trials."""
    finished = [trial for trial in listed.trials if trial.state is TrialState.FINISHED]
    key = (listed.sweep.sweep_id, tuple((trial.number, trial.loss) for trial in finished))
    return {title(name): share for name, share in _importances(key, listed).items()}


@st.cache_data(max_entries=32, show_spinner=False)
def _importances(key: tuple[object, ...], _listed: ListedSweep) -> dict[str, float]:  # noqa: ARG001  # key
    # Optuna is imported where it is needed: most visits of a page need none of it.
    from lsdc.sweeps.search import importances

    return importances(_listed.definition.space, _listed.trials)
