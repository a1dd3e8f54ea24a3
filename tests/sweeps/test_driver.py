"""The driver of a sweep. Most tests say themselves what becomes of runs; some let real processes do it and kill them."""

import json
import random
import shutil
import signal
import socket
import time

import pandas as pd
import pytest

from lsdc import settings
from lsdc.dataset.reviews import divide_rows
from lsdc.dataset.splits import Part
from lsdc.dataset.tables import load_label_table, rows_for_training
from lsdc.errors import CorruptSweepError, MissingFileError, SweepError, SweepNotFoundError
from lsdc.files import write_json
from lsdc.runs import RunState, list_runs
from lsdc.sweeps.control import ensure_driver, ensure_drivers, remove, resume_sweep, start_sweep, stop_sweep
from lsdc.sweeps.driver import FAILURES_IN_A_ROW, Driver, end_search
from lsdc.sweeps.folder import RECORD_KEYS, SweepEnd, SweepState, list_sweeps, open_sweep, state_of
from lsdc.sweeps.trials import PRUNED, TrialState, best_trial
from lsdc.training.launch import start_run
from lsdc.training.processes import start_process

PATIENCE_SECONDS = 120


def state(sweep, trials):
    return state_of(sweep, trials(sweep))


def wait_until(done, sweep):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        assert time.monotonic() < deadline, sweep.log_path.read_text() if sweep.log_path.exists() else "no driver"
        time.sleep(0.05)


def start_driver(sweep):
    """As `ensure_driver` does, but the test can wait for it."""
    with sweep.lock(patience_s=10) as descriptor:
        assert descriptor is not None
        return start_process("lsdc.sweeps.driver", str(sweep.path), descriptor=descriptor, log=sweep.log_path)


def test_as_many_trials_as_allowed_wait_at_a_time_and_each_is_an_ordinary_run(idle_worker, make_sweep, trials, say):
    sweep = make_sweep(trials=3, parallel=2)
    driver = Driver(sweep)

    driver.turn()
    driver.turn()
    first, second = trials(sweep)
    assert [trial.state for trial in (first, second)] == [TrialState.WAITING] * 2
    assert first.drawn != second.drawn
    assert first.run.config == sweep.definition.base.changed(**first.drawn)
    assert first.run.notes().name == "Mine · trial 1"
    assert first.run.data["root"] == str(sweep.data_root)

    say(first.run, [0.5], RunState.FINISHED)
    assert driver.turn()
    assert [trial.number for trial in trials(sweep)] == [1, 2, 3]


def test_a_sweep_is_finished_when_its_trials_are_used_and_the_last_is_over(idle_worker, make_sweep, trials, say):
    sweep = make_sweep(trials=2, parallel=2)
    driver = Driver(sweep)
    driver.turn()
    say(trials(sweep)[0].run, [0.5], RunState.FINISHED)

    assert driver.turn()
    assert state(sweep, trials) is SweepState.SEARCHING
    say(trials(sweep)[1].run, [0.4], RunState.FINISHED)
    assert not driver.turn()

    assert state(sweep, trials) is SweepState.FINISHED
    assert best_trial(trials(sweep)).number == 2
    with pytest.raises(SweepError, match="finished"):
        resume_sweep(sweep)


def test_no_trial_is_begun_when_the_minutes_of_computing_are_used(idle_worker, make_sweep, trials, say):
    sweep = make_sweep(trials=10, parallel=1, minutes=3)
    driver = Driver(sweep)
    for _ in range(2):
        driver.turn()
        say(trials(sweep)[-1].run, [0.5], RunState.FINISHED, seconds=100)

    driver.turn()

    assert len(trials(sweep)) == 2
    assert "3 minutes" in sweep.end().reason


def test_a_poor_trial_is_asked_to_stop_with_the_reason_and_counts_as_pruned(idle_worker, make_sweep, trials, say):
    sweep = make_sweep(trials=10, parallel=1)
    driver = Driver(sweep)
    for _ in range(5):
        driver.turn()
        say(trials(sweep)[-1].run, [0.5, 0.4], RunState.FINISHED)
    driver.turn()
    poor = trials(sweep)[-1].run

    say(poor, [0.9])
    driver.turn()
    assert poor.stop_reason == PRUNED
    say(poor, [0.9], RunState.STOPPED)

    pruned = trials(sweep)[-1]
    assert (pruned.state, pruned.losses) == (TrialState.PRUNED, (0.9,))
    driver.turn()
    assert len(trials(sweep)) == 7


def test_without_pruning_a_poor_trial_goes_on(idle_worker, make_sweep, trials, say):
    sweep = make_sweep(trials=10, parallel=1, prune=False)
    driver = Driver(sweep)
    for _ in range(5):
        driver.turn()
        say(trials(sweep)[-1].run, [0.5, 0.4], RunState.FINISHED)
    driver.turn()
    say(trials(sweep)[-1].run, [0.9])

    driver.turn()

    assert not trials(sweep)[-1].run.stop_requested


def test_what_cannot_go_together_counts_as_a_trial_and_does_not_end_the_sweep(idle_worker, make_sweep, trials):
    search = {"conv_filters": [[4, 8], [4, 8, 8, 8, 8]], "dropout": {"low": 0.0, "high": 0.8}}
    sweep = make_sweep(search=search, trials=12, parallel=12)

    Driver(sweep).turn()

    found = trials(sweep)
    refused = [trial for trial in found if trial.state is TrialState.INFEASIBLE]
    assert [trial.number for trial in found] == list(range(1, 13))
    assert 0 < len(refused) < 12
    assert all(trial.drawn["conv_filters"] == (4, 8, 8, 8, 8) for trial in refused)
    assert all("too small" in trial.message and trial.run is None for trial in refused)
    assert state(sweep, trials) is SweepState.SEARCHING


def test_a_sweep_whose_trials_all_fail_ends_with_the_reason(idle_worker, make_sweep, trials, say):
    sweep = make_sweep(trials=30, parallel=1)
    driver = Driver(sweep)
    for _ in range(FAILURES_IN_A_ROW):
        driver.turn()
        say(trials(sweep)[-1].run, [], RunState.FAILED)

    driver.turn()
    assert not driver.turn()
    assert len(trials(sweep)) == FAILURES_IN_A_ROW
    assert "The last one: Said." in sweep.end().reason

    assert state(sweep, trials) is SweepState.STOPPED
    resume_sweep(sweep)
    wait_until(lambda: len(trials(sweep)) == FAILURES_IN_A_ROW + 1, sweep)
    assert sweep.end() is None
    stop_sweep(sweep)
    wait_until(lambda: state(sweep, trials) is SweepState.STOPPED, sweep)


def test_a_trial_that_is_drawn_while_somebody_stops_the_sweep_is_stopped_too(
    idle_worker, make_sweep, trials, monkeypatch
):
    sweep = make_sweep(trials=5, parallel=3)

    def start_while_it_is_stopped(*arguments, **named):
        sweep.write_end(SweepEnd(finished=False, reason="Stopped."))
        return start_run(*arguments, **named)

    monkeypatch.setattr("lsdc.sweeps.driver.start_run", start_while_it_is_stopped)
    driver = Driver(sweep)
    driver.turn()

    (only,) = trials(sweep)
    assert only.state is TrialState.STOPPED
    assert not driver.turn()
    assert state(sweep, trials) is SweepState.STOPPED


def test_what_a_person_said_of_the_end_stays(make_sweep):
    sweep = make_sweep()
    sweep.write_end(SweepEnd(finished=False, reason="Stopped."))

    end_search(sweep, SweepEnd(finished=True, reason="Every combination was tried."))

    assert sweep.end().reason == "Stopped."


def test_a_sweep_whose_labels_change_meanwhile_ends_with_the_reason(
    idle_worker, make_sweep, trials, phantom_root, tmp_path
):
    data_root = shutil.copytree(phantom_root, tmp_path / "phantom")
    sweep = make_sweep(data_root=data_root, trials=5, parallel=2)
    grades = pd.read_csv(data_root / "train.csv")
    changed = grades["left_subarticular_stenosis_l4_l5"].eq("Severe")
    grades["left_subarticular_stenosis_l4_l5"] = changed.map({True: "Moderate", False: "Severe"})
    grades.to_csv(data_root / "train.csv", index=False)

    Driver(sweep).turn()

    assert "not those that the sweep began with" in sweep.end().reason
    assert [trial.state for trial in trials(sweep)] == [TrialState.STOPPED]


def test_a_driver_leaves_when_its_sweep_was_removed_by_hand(idle_worker, make_sweep, trials):
    sweep = make_sweep(trials=2, parallel=1)
    driver = start_driver(sweep)
    wait_until(lambda: trials(sweep), sweep)

    shutil.rmtree(sweep.path)

    assert driver.wait(timeout=PATIENCE_SECONDS) is not None


def test_trials_of_different_splits_are_judged_on_the_same_rows(idle_worker, make_sweep, trials, phantom_root):
    strategies = ["random 80:20", "stratified 80:20", "1:1:1 train", "80:10:10"]
    sweep = make_sweep(search={"split_strategy": strategies}, trials=4, parallel=4)
    Driver(sweep).turn()
    table = load_label_table(phantom_root)

    judged, learnt = set(), set()
    for trial in trials(sweep):
        rows = rows_for_training(table, trial.run.config)
        parts = divide_rows(rows, trial.run.config, None, held_out=trial.run.trial.held_out)
        judged.add(tuple(rows.index[parts == Part.VALIDATION]) + tuple(rows.index[parts == Part.TEST]))
        learnt.add(tuple(rows.index[parts == Part.TRAIN]))

    assert {trial.run.config.split_strategy for trial in trials(sweep)} == set(strategies)
    assert len(judged) == 1
    assert len(learnt) == 4


def test_a_stopped_sweep_stops_its_trials_and_they_go_on_with_it(idle_worker, make_sweep, trials, say):
    sweep = make_sweep(trials=10, parallel=3)
    driver = Driver(sweep)
    driver.turn()
    done, working, waiting = (trial.run for trial in trials(sweep))
    say(done, [0.5], RunState.FINISHED)
    say(working, [0.6])
    working.checkpoint_path.parent.mkdir()
    working.checkpoint_path.write_bytes(b"")

    sweep.write_end(SweepEnd(finished=False, reason="Stopped."))
    assert driver.turn()
    assert state(sweep, trials) is SweepState.STOPPING
    assert working.stop_requested
    assert waiting.status().state is RunState.STOPPED
    say(working, [0.6], RunState.STOPPED)
    assert not driver.turn()
    assert state(sweep, trials) is SweepState.STOPPED

    resume_sweep(sweep)
    wait_until(lambda: len(trials(sweep)) == 4, sweep)
    states = {trial.run.run_id: trial.state for trial in trials(sweep)}
    assert states[working.run_id] is TrialState.WAITING
    assert waiting.run_id not in states  # it had not begun: another one was drawn in its place
    stop_sweep(sweep)
    wait_until(lambda: state(sweep, trials) is SweepState.STOPPED, sweep)


def test_a_trial_that_a_person_stopped_stays_so_when_the_sweep_goes_on(idle_worker, make_sweep, trials, say):
    sweep = make_sweep(trials=2, parallel=1)
    driver = Driver(sweep)
    driver.turn()
    stopped = trials(sweep)[0].run
    stopped.request_stop()
    say(stopped, [0.7], RunState.STOPPED)

    driver.turn()

    assert [trial.state for trial in trials(sweep)] == [TrialState.STOPPED, TrialState.WAITING]


def test_the_driver_is_started_on_its_own_host_when_none_lives_and_there_is_something_to_do(
    idle_worker, make_sweep, trials, say
):
    sweep = make_sweep(trials=1)
    write_json(sweep.path / "sweep.json", {**sweep._record(), "host": "elsewhere"})
    ensure_drivers()
    assert not sweep.log_path.exists()

    write_json(sweep.path / "sweep.json", {**sweep._record(), "host": socket.gethostname()})
    for _ in range(3):
        ensure_drivers()
    wait_until(lambda: trials(sweep), sweep)
    say(trials(sweep)[0].run, [0.5], RunState.FINISHED)
    wait_until(lambda: state(sweep, trials) is SweepState.FINISHED, sweep)
    wait_until(lambda: _is_free(sweep), sweep)
    log = sweep.log_path.read_text()
    ensure_driver(sweep)

    assert log.count("trial 1 is") == 1
    assert _is_free(sweep)


def _is_free(sweep):
    with sweep.lock() as descriptor:
        return descriptor is not None


def test_a_search_that_cannot_go_on_says_why(idle_worker, make_sweep, trials):
    sweep = make_sweep(trials=2)
    write_json(sweep.path / "sweep.json", {**sweep._record(), "data_root": "/nowhere"})

    driver = start_driver(sweep)
    driver.wait()

    assert state(sweep, trials) is SweepState.STOPPED
    assert "The search could not go on. There is no folder /nowhere" in sweep.end().reason


def test_a_sweep_is_removed_when_it_has_ended_and_its_runs_with_it_if_asked(idle_worker, make_sweep, trials, say):
    sweeps = [make_sweep(trials=1) for _ in range(2)]
    for sweep in sweeps:
        driver = Driver(sweep)
        driver.turn()
        with pytest.raises(SweepError, match="has not ended"):
            remove(sweep)
        say(trials(sweep)[0].run, [0.5], RunState.FINISHED)
        driver.turn()
    kept = trials(sweeps[0])[0].run

    remove(sweeps[0])
    remove(sweeps[1], with_runs=True)

    assert list_sweeps(settings.sweeps_root()) == []
    assert [run.run_id for run in list_runs(settings.runs_root())] == [kept.run_id]
    assert len(list(settings.trash_root().iterdir())) == 3


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("sweep.json", None, "missing"),
        ("sweep.json", "{", "not valid JSON"),
        ("sweep.json", "{}", "does not hold a sweep"),
        ("sweep.json", json.dumps(dict.fromkeys(RECORD_KEYS)), "no definition"),
        ("end.json", "[1]", "why the search ended"),
        ("infeasible.json", "[1]", "does not hold draws"),
        ("infeasible.json", '[{"number": 1, "values": {}, "reason": ""}]', "does not hold draws"),
    ],
)
def test_a_damaged_folder_is_explained_and_can_be_removed(empty_artifacts, make_sweep, name, content, reason):
    sweep = make_sweep()
    (sweep.path / name).unlink(missing_ok=True)
    if content:
        (sweep.path / name).write_text(content)

    with pytest.raises(CorruptSweepError, match=reason):
        sweep.check()
    ensure_drivers()
    remove(sweep)
    with pytest.raises(SweepNotFoundError):
        open_sweep(settings.sweeps_root(), sweep.sweep_id)


KILLS = [pytest.param(3, 8, 0), pytest.param(25, 60, 1, marks=pytest.mark.exhaustive)]


@pytest.mark.parametrize(("kills", "count", "seed"), KILLS)
def test_drivers_killed_at_random_moments_lose_no_trial_and_count_none_twice(
    live_worker, make_sweep, trials, kills, count, seed
):
    draw = random.Random(seed)
    search = {"conv_filters": [[4, 8], [4, 8, 8, 8, 8]], "dropout": {"low": 0.0, "high": 0.8}}
    sweep = make_sweep(search=search, trials=count, parallel=3, prune=False)
    for _ in range(kills):
        driver = start_driver(sweep)
        time.sleep(draw.uniform(0.5, 4.0))
        driver.send_signal(signal.SIGKILL)
        driver.wait()
        sweep.check()
    last = start_driver(sweep)
    wait_until(lambda: state(sweep, trials) is SweepState.FINISHED, sweep)
    last.wait()

    found = trials(sweep)
    assert [trial.number for trial in found] == list(range(1, count + 1))
    assert {trial.state for trial in found} == {TrialState.FINISHED, TrialState.INFEASIBLE}
    assert len(list_runs(settings.runs_root())) == sum(trial.run is not None for trial in found)
    best = best_trial(found)
    assert best.drawn["dropout"] == min(trial.drawn["dropout"] for trial in found if trial.run)


def test_a_sweep_that_cannot_begin_leaves_nothing(idle_worker, define, tmp_path):
    with pytest.raises(MissingFileError):
        start_sweep(define(), tmp_path)

    assert list_sweeps(settings.sweeps_root()) == []
