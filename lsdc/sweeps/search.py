"""Which trial is next, which one is poor, and which hyperparameter mattered: Optuna is asked, about the run folders.

The study is made anew from the trials whenever it is asked, in memory alone. So there is no second record of them, and
a driver that was killed has forgotten nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from lsdc.sweeps.definition import Sampler, SweepDefinition
from lsdc.sweeps.space import Choices, Dimension, SearchSpace
from lsdc.sweeps.trials import Trial, TrialState

# Before so many trials have finished, nobody knows what is good: draws are random, and none is pruned.
STARTUP_TRIALS = {"draws": 10, "pruning": 5}
# A trial is not judged by its first epochs, of this share of all.
JUDGED_AFTER = 0.25
# A combination that was tried says nothing new, so another one is drawn: so often where the sampler looks, which on a
# small grid may be a few combinations alone, and then so often anywhere.
DRAWS_BY_SAMPLER, DRAWS_ANYWHERE = 20, 1000
# With fewer finished trials, importances are an accident.
FEWEST_FOR_IMPORTANCE = 8

_STATES = {
    TrialState.WAITING: optuna.trial.TrialState.RUNNING,
    TrialState.RUNNING: optuna.trial.TrialState.RUNNING,
    TrialState.FINISHED: optuna.trial.TrialState.COMPLETE,
    TrialState.PRUNED: optuna.trial.TrialState.PRUNED,
    TrialState.STOPPED: optuna.trial.TrialState.PRUNED,
    TrialState.INFEASIBLE: optuna.trial.TrialState.PRUNED,
    TrialState.FAILED: optuna.trial.TrialState.FAIL,
}

optuna.logging.set_verbosity(optuna.logging.WARNING)


def suggest(definition: SweepDefinition, trials: Sequence[Trial], number: int) -> dict[str, Any] | None:
    """Draw the next trial; the same trials and number give the same draw.

    Args:
        definition: The sweep.
        trials: All so far, those that wait or work among them.
        number: Of the trial to draw.

    Returns:
        Values of the searched hyperparameters; None if only what was tried already is drawn.
    """
    seed = _lot(definition, number)
    own = _sampler(definition, seed)
    return _draw(definition.space, trials, own, DRAWS_BY_SAMPLER) or _draw(
        definition.space, trials, optuna.samplers.RandomSampler(seed=seed), DRAWS_ANYWHERE
    )


def _draw(
    space: SearchSpace, trials: Sequence[Trial], sampler: optuna.samplers.BaseSampler, draws: int
) -> dict[str, Any] | None:
    """Draw until something comes that was not tried; None if nothing does."""
    tried = [trial.drawn for trial in trials]
    study, distributions = _study(space, trials, sampler), _distributions(space)
    for _ in range(draws):
        asked = study.ask(distributions)
        values = _from_optuna(space, asked.params)
        if values not in tried:
            return values
        study.tell(asked, state=optuna.trial.TrialState.FAIL)
    return None


def is_poor(definition: SweepDefinition, trials: Sequence[Trial], trial: Trial) -> bool:
    """Whether a trial that works is above the median of the finished ones at its epoch, by the best loss so far."""
    study = _study(definition.space, [other for other in trials if other.state is TrialState.FINISHED])
    pruner = optuna.pruners.MedianPruner(
        n_startup_trials=STARTUP_TRIALS["pruning"], n_warmup_steps=round(definition.base.epochs * JUDGED_AFTER)
    )
    return bool(pruner.prune(study, _frozen(definition.space, trial)))


def importances(space: SearchSpace, trials: Sequence[Trial]) -> dict[str, float]:
    """How much of the spread of validation losses each hyperparameter explains (fANOVA), the most first; they sum to 1.

    Returns:
        Nothing with too few finished trials, or if all losses are alike.
    """
    finished = [trial for trial in trials if trial.state is TrialState.FINISHED and trial.loss is not None]
    if len(finished) < FEWEST_FOR_IMPORTANCE or len({trial.loss for trial in finished}) == 1:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    return optuna.importance.get_param_importances(_study(space, finished), evaluator=evaluator)


def _study(
    space: SearchSpace, trials: Sequence[Trial], sampler: optuna.samplers.BaseSampler | None = None
) -> optuna.Study:
    study = optuna.create_study(direction="minimize", sampler=sampler)
    for trial in trials:
        study.add_trial(_frozen(space, trial))
    return study


def _lot(definition: SweepDefinition, number: int) -> int:
    # A sampler begins anew with each trial: with the sweep's seed alone, its first draws would be the same every time.
    return int.from_bytes(hashlib.sha256(f"{definition.seed} {number}".encode()).digest()[:4], "big")


def _sampler(definition: SweepDefinition, seed: int) -> optuna.samplers.BaseSampler:
    if definition.sampler is Sampler.RANDOM:
        return optuna.samplers.RandomSampler(seed=seed)
    # The constant liar takes trials that work for poor ones, so that parallel trials do not crowd together.
    return optuna.samplers.TPESampler(seed=seed, n_startup_trials=STARTUP_TRIALS["draws"], constant_liar=True)


def _frozen(space: SearchSpace, trial: Trial) -> optuna.trial.FrozenTrial:
    state = _STATES[trial.state]
    finished = state is optuna.trial.TrialState.COMPLETE
    if finished and trial.loss is None:
        # Without a history there is nothing to learn of it.
        state, finished = optuna.trial.TrialState.FAIL, False
    return optuna.trial.create_trial(
        state=state,
        value=trial.loss if finished else None,
        params=_to_optuna(space, trial.drawn),
        distributions=_distributions(space),
        intermediate_values=dict(enumerate(trial.losses, start=1)),
        constraints={"cannot be run": 1.0} if trial.state is TrialState.INFEASIBLE else None,
    )


def _distributions(space: SearchSpace) -> dict[str, BaseDistribution]:
    return {name: _distribution(dimension) for name, dimension in space.dimensions.items()}


def _distribution(dimension: Dimension) -> BaseDistribution:
    if isinstance(dimension, Choices):
        # By their places, since lists of numbers are no values for Optuna.
        return CategoricalDistribution(range(len(dimension.values)))
    if dimension.whole:
        return IntDistribution(int(dimension.low), int(dimension.high), log=dimension.log)
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log)


def _to_optuna(space: SearchSpace, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: dimension.values.index(values[name]) if isinstance(dimension, Choices) else values[name]
        for name, dimension in space.dimensions.items()
    }


def _from_optuna(space: SearchSpace, params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: dimension.values[params[name]] if isinstance(dimension, Choices) else params[name]
        for name, dimension in space.dimensions.items()
    }
