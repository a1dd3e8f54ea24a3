"""What is written when a run comes into the queue again, and what a kill in between leaves."""

import pytest

from lsdc.config import preset
from lsdc.runs import RunFolder, RunNotes, RunState, create_run
from lsdc.runs.queue import enqueue_again, leave_queue


@pytest.fixture
def stopped_run(tmp_path):
    """A run that was stopped after 30 seconds of its second turn, with a reason."""
    run = create_run(tmp_path, preset("quick"), {"preset": "quick"}, RunNotes())
    run.checkpoint_path.parent.mkdir()
    run.checkpoint_path.write_bytes(b"")
    run.request_stop("stopped with the sweep")
    told = {"state": RunState.STOPPED, "started": 100.0, "ended": 130.0, "earlier_seconds": 12.0}
    run.write_status(run.written_status().model_copy(update=told))
    return run


def test_a_run_that_goes_on_remembers_how_long_it_has_computed(stopped_run):
    assert stopped_run.status().seconds == 42.0

    with stopped_run.lock():
        enqueue_again(stopped_run)

    again = stopped_run.status()
    assert (again.state, again.seconds, stopped_run.stop_requested) == (RunState.QUEUED, 42.0, False)


def test_a_kill_while_a_run_is_put_back_leaves_the_reason_for_which_it_was_stopped(stopped_run, monkeypatch):
    def be_killed(run):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, stopped_run.lock():
        patch.setattr(RunFolder, "clear_stop_request", be_killed)
        with pytest.raises(KeyboardInterrupt):
            enqueue_again(stopped_run)

    with stopped_run.lock():
        assert leave_queue(stopped_run)
    assert (stopped_run.status().state, stopped_run.stop_reason) == (RunState.STOPPED, "stopped with the sweep")
