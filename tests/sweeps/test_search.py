"""What is drawn next, and what is stopped."""

import pytest

from lsdc.sweeps.search import importances, is_poor, suggest
from lsdc.sweeps.trials import Trial, TrialState, best_trial

FINISHED = TrialState.FINISHED


def search(definition, evaluate, count, state=FINISHED):
    """Draw and finish one trial after the other."""
    trials = []
    for number in range(1, count + 1):
        values = suggest(definition, trials, number)
        if values is None:
            break
        trials.append(Trial(number=number, state=state, drawn=values, losses=(evaluate(values),)))
    return trials


def test_the_same_trials_give_the_same_draw_and_another_number_another_one(define):
    definition = define()
    done = search(definition, lambda values: values["dropout"], 3)

    assert suggest(definition, done, 4) == suggest(definition, done, 4)
    assert suggest(definition, done, 4) != suggest(definition, done, 5)
    assert suggest(definition, [], 1) != suggest(definition.model_copy(update={"seed": 1}), [], 1)


def test_the_search_comes_closer_to_what_is_good(define):
    trials = search(define(seed=3), lambda values: abs(values["dropout"] - 0.2), 30)

    late = [abs(trial.drawn["dropout"] - 0.2) for trial in trials[15:]]
    assert sorted(late)[len(late) // 2] < 0.1
    assert best_trial(trials).loss < 0.02


def test_no_combination_is_tried_twice_and_a_grid_comes_to_its_end(define):
    # So large that the sampler, once it knows what is good, draws nothing else.
    search_for = {"activation": ["relu", "tanh"], "conv_filters": [[4, 8], [8, 8], [8]], "batch_size": [4, 8, 16, 32]}
    definition = define(search=search_for)

    trials = search(definition, lambda values: values["batch_size"], 30)

    assert definition.space.size == 24
    assert len(trials) == 24
    assert len({str(trial.drawn) for trial in trials}) == 24


def test_what_cannot_be_run_is_drawn_less_often(define):
    definition = define(search={"activation": ["relu", "tanh"], "dropout": {"low": 0.0, "high": 0.8}})
    trials = []
    for number in range(1, 41):
        values = suggest(definition, trials, number)
        state = TrialState.INFEASIBLE if values["activation"] == "tanh" else FINISHED
        losses = () if state is TrialState.INFEASIBLE else (values["dropout"],)
        trials.append(Trial(number=number, state=state, drawn=values, losses=losses))

    late = [trial.state for trial in trials[20:]]
    assert late.count(TrialState.INFEASIBLE) < 5


def test_trials_that_work_push_the_next_draw_away(define):
    definition = define()
    done = search(definition, lambda values: abs(values["dropout"] - 0.2), 20)
    alone = suggest(definition, done, 21)
    working = Trial(number=21, state=TrialState.RUNNING, drawn=alone)

    assert suggest(definition, [*done, working], 22) != suggest(definition, done, 22)


@pytest.mark.parametrize(
    ("losses", "poor"),
    [((), False), ((9.0,), False), ((9.0, 9.0, 9.0), True), ((9.0, 9.0, 0.1), False), ((9.0, 0.1, 9.0), False)],
)
def test_a_trial_above_the_median_at_its_epoch_is_poor_once_it_can_be_judged(define, losses, poor):
    definition = define(base={"epochs": 8})
    others = [
        Trial(number=number, state=FINISHED, drawn={"dropout": number / 10}, losses=(1.0, 0.8, 0.6, 0.5))
        for number in range(1, 6)
    ]
    trial = Trial(number=6, state=TrialState.RUNNING, drawn={"dropout": 0.7}, losses=losses)

    assert is_poor(definition, [*others, trial], trial) is poor
    assert not is_poor(definition, [*others[:4], trial], trial)


def test_importance_finds_what_matters_and_says_nothing_too_early(define):
    definition = define(search={"dropout": {"low": 0.0, "high": 0.8}, "augment_scale": {"low": 0.0, "high": 0.5}})
    trials = search(definition, lambda values: values["dropout"], 20)

    shares = importances(definition.space, trials)

    assert list(shares) == ["dropout", "augment_scale"]
    assert shares["dropout"] > 0.8
    assert importances(definition.space, trials[:7]) == {}


def test_the_best_trial_has_finished_and_has_the_lowest_validation_loss():
    lowest = Trial(number=1, state=TrialState.PRUNED, drawn={}, losses=(0.1,))
    best = Trial(number=2, state=FINISHED, drawn={}, losses=(0.9, 0.4, 0.6))
    other = Trial(number=3, state=FINISHED, drawn={}, losses=(0.5,))

    assert best_trial([lowest, best, other]) is best
    assert best_trial([lowest]) is None
