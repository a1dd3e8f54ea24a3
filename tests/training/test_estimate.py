"""Time and memory before the start: what is reckoned, what is refused, and one real probe."""

import socket
import time

import psutil
import pytest

from lsdc import settings
from lsdc.config import preset
from lsdc.errors import EstimateError
from lsdc.runs import RunNotes, RunState, create_run
from lsdc.training.device import DeviceMemory, Gpu, Slot
from lsdc.training.estimate import (
    COSTLESS,
    Measured,
    Unmeasured,
    begin_probe,
    free_slots,
    is_probing,
    read_probe,
    whole_run,
)
from lsdc.training.queue import stop_run

DATA = {"name": "phantom", "root": "", "fingerprint": "f", "synthetic": True, "rows": 5, "studies": 1}
MEASURED = Measured(
    start=10.0,
    step=0.5,
    step_low=0.4,
    step_high=0.8,
    validation_step=0.1,
    save=0.25,
    steps=30,
    memory_bytes=2**30,
    memory_total_bytes=2**33,
    device="CPU, 2 cores",
    precision="float32",
    disturbed="",
)


def test_a_whole_run_is_its_start_and_for_each_epoch_its_steps_its_validation_and_its_checkpoints():
    config = preset("quick").changed(epochs=10, batch_size=32)

    duration = whole_run(MEASURED, config, {"train": 65, "validation": 33, "test": 1000})

    around = 10 + 10 * (2 * 0.1 + 2 * 0.25)
    assert duration.likely == pytest.approx(around + 10 * 3 * 0.5)
    assert duration.low == pytest.approx(around + 10 * 3 * 0.4)
    assert duration.high == pytest.approx(around + 10 * 3 * 0.8)


def test_beside_a_run_nothing_is_measured_and_the_reason_is_said(empty_artifacts, monkeypatch):
    monkeypatch.setenv("LSDC_SLOTS", "1")
    config = preset("quick")
    run = create_run(settings.runs_root(), config, {"preset": "quick", "data": DATA}, RunNotes())

    with pytest.raises(EstimateError, match="compute in all slots of this machine, or wait"):
        begin_probe(config)
    assert read_probe(config) is None

    stop_run(run)
    assert run.status().state is RunState.STOPPED


@pytest.mark.parametrize(("places", "free"), [("ab", [0]), ("bb", []), ("aab", [0, 1])])
def test_a_slot_is_free_if_no_run_computes_in_it_or_on_its_gpu(empty_artifacts, monkeypatch, places, free):
    """A run computes in the last slot, on GPU b."""
    slots = [Slot(index=index, gpu=Gpu(name=uuid, uuid=uuid)) for index, uuid in enumerate(places)]
    monkeypatch.setattr("lsdc.training.estimate.slots", lambda: slots)
    run = create_run(settings.runs_root(), preset("quick"), {"preset": "quick", "data": DATA}, RunNotes())
    told = {"state": RunState.RUNNING, "pid": 1, "host": socket.gethostname(), "slot": places.rindex("b")}
    run.write_status(run.written_status().model_copy(update=told))

    with run.lock():
        assert [slot.index for slot in free_slots()] == free


def test_for_a_cluster_nothing_is_measured_here(empty_artifacts, monkeypatch):
    monkeypatch.setenv("LSDC_RAY", "head:6379")

    with pytest.raises(EstimateError, match="Ray cluster"):
        begin_probe(preset("quick"))


@pytest.mark.trains
def test_a_probe_measures_real_steps_once_for_all_that_costs_the_same(empty_artifacts, tiny_config):
    began = time.time()
    begin_probe(tiny_config)
    begin_probe(tiny_config)  # somebody else asks for the same meanwhile
    with pytest.raises(EstimateError, match="Another estimate"):
        begin_probe(tiny_config.changed(batch_size=4))
    while (measured := read_probe(tiny_config)) is None:
        assert is_probing()
        time.sleep(0.1)

    assert isinstance(measured, Measured), measured
    assert measured.steps >= 5
    assert 0 < measured.step_low <= measured.step <= measured.step_high < measured.start < time.time() - began
    assert measured.validation_step > 0
    assert 2**27 < measured.memory_bytes < measured.memory_total_bytes
    assert measured.memory_total_bytes == DeviceMemory().read()[1]
    same = tiny_config.changed(epochs=7, seed=3, learning_rate=0.1)
    assert read_probe(same) == measured
    assert read_probe(tiny_config.changed(batch_size=4)) is None


def test_a_probe_that_died_says_so_and_can_be_repeated(empty_artifacts, tiny_config):
    begin_probe(tiny_config)
    (folder,) = [path for path in settings.estimates_root().iterdir() if path.is_dir()]
    _kill_the_probe(folder)

    died = read_probe(tiny_config)

    assert isinstance(died, Unmeasured)
    assert "memory ran out" in died.reason
    (folder / "result.json").write_text('{"reason": "The memory ran out."}')
    assert read_probe(tiny_config) == Unmeasured(reason="The memory ran out.")
    (folder / "result.json").write_text("{")
    assert read_probe(tiny_config) is None


def _kill_the_probe(folder):
    while is_probing():  # for an instant a new process has no command line
        for process in psutil.process_iter(["cmdline"]):
            if str(folder) in (process.info["cmdline"] or []):
                process.kill()
        time.sleep(0.02)


def test_what_costs_nothing_is_a_hyperparameter():
    assert set(COSTLESS) <= set(type(preset("quick")).model_fields)
