"""What many tests share: one small phantom data set, and one run trained on it by the real process."""

import gc
import io
import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pydicom
import pytest
from filelock import FileLock
from hypothesis import settings as hypothesis_settings
from pydicom.data import get_testdata_file
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner import script_runner

from lsdc.config import InputKind, Precision, TrainingConfig, preset
from lsdc.dataset.phantom import write_phantom
from lsdc.runs import RunFolder, RunNotes, RunState, list_runs
from lsdc.settings import PROJECT_ROOT
from lsdc.training.launch import start_run
from lsdc.training.queue import wait_for

# A deadline would measure the machine and not the code; the examples are the same on every run.
hypothesis_settings.register_profile("ci", deadline=None, derandomize=True, max_examples=50)
hypothesis_settings.load_profile("ci")


def pytest_collection_finish():
    # What was imported stays; libraries that collect garbage in a loop need not look at it each time.
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def artifacts_root(tmp_path_factory):
    """A folder for runs and caches, so that no test touches those of the checkout."""
    folder = tmp_path_factory.mktemp("artifacts")
    previous = {name: os.environ.pop(name, None) for name in ("LSDC_ARTIFACTS", "LSDC_DATA")}
    os.environ["LSDC_ARTIFACTS"] = str(folder)
    yield folder
    os.environ.pop("LSDC_ARTIFACTS")
    os.environ.update({name: value for name, value in previous.items() if value is not None})


@pytest.fixture(scope="session", autouse=True)
def packages_are_scanned_once():
    """A server asks every installed package once whether it brings components; each application of a test is a server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session", autouse=True)
def keras_of_other_tests_is_left_alone():
    """After each script Streamlit has a loaded Keras forget its graphs; a server has none, and here it takes longest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(script_runner, "_clean_problem_modules", lambda: None)
        yield


@pytest.fixture
def empty_artifacts(tmp_path, monkeypatch):
    """A folder for runs and caches in which there is nothing yet."""
    folder = tmp_path / "artifacts"
    monkeypatch.setenv("LSDC_ARTIFACTS", str(folder))
    return folder


@pytest.fixture(scope="session")
def made_once(tmp_path_factory, worker_id):
    """A folder that one of the workers makes for all of them, the others waiting for it."""
    own = tmp_path_factory.getbasetemp()
    shared = own if worker_id == "master" else own.parent

    def made_once(name: str, make: Callable[[Path], Path]) -> Path:
        answer = shared / f"{name}.txt"
        with FileLock(shared / f"{name}.lock"):
            if not answer.exists():
                answer.write_text(str(make(shared / name)))
        return Path(answer.read_text())

    return made_once


@pytest.fixture(scope="session")
def phantom_root(made_once):
    """A data set of a few small phantoms, which no test changes."""

    def make(folder: Path) -> Path:
        write_phantom(folder, studies=14, seed=3, image_px=128)
        return folder

    return made_once("phantom", make)


@pytest.fixture(scope="session")
def trained(made_once, artifacts_root, phantom_root):
    """Runs that finished, trained by their own processes; each worker has a copy of its own."""

    def trained(config: TrainingConfig, *, preset: str, name: str) -> RunFolder:
        def make(folder: Path) -> Path:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("LSDC_ARTIFACTS", str(folder))
                run = start_run(config, preset=preset, data_root=phantom_root, notes=RunNotes(name=name))
                status = wait_for(run)
            assert status.state is RunState.FINISHED, run.log_tail()
            return run.path

        made = made_once(name, make)
        return RunFolder(shutil.copytree(made, artifacts_root / "runs" / made.name))

    return trained


@pytest.fixture(scope="session")
def tiny_config() -> TrainingConfig:
    """The smallest run that goes through every step of training."""
    return preset("quick").changed(
        image_px=16, conv_filters=(4, 8), coordinate_units=(4,), dense_units=(8,), epochs=2, batch_size=8, balance=False
    )


@pytest.fixture(scope="session")
def unaugmented() -> TrainingConfig:
    """A network of several slices, of whose rows nothing is changed at random."""
    return preset("recommended").changed(
        image_px=16,
        conv_filters=(4, 8),
        augment_scale=0.0,
        augment_rotation=0.0,
        augment_intensity=0.0,
        point_jitter_mm=0.0,
        hide_neighbours=0.0,
    )


@pytest.fixture(scope="session")
def trained_run(trained, tiny_config):
    """A finished run."""
    return trained(tiny_config, preset="quick", name="Tiny crop")


@pytest.fixture(scope="session")
def whole_slice_run(trained, trained_run, tiny_config):
    """A second finished run on the same rows, which sees whole slices."""
    return trained(tiny_config.changed(input_kind=InputKind.WHOLE, seed=0), preset="quick", name="Tiny whole")


@pytest.fixture(scope="session")
def trained_stack_run(trained, trained_run):
    """A third finished run: slices with their neighbours, both sides, calibrated."""
    config = preset("recommended").changed(
        image_px=16,
        neighbours=1,
        conv_filters=(4, 8),
        dense_units=(8,),
        epochs=2,
        batch_size=8,
        balance=False,
        precision=Precision.FLOAT32,
    )
    return trained(config, preset="recommended", name="Tiny stack")


@pytest.fixture(scope="session")
def demo_run():
    """The run of several slices that ships with the program; nobody changes it."""
    shipped = list_runs(PROJECT_ROOT / "artifacts" / "runs")
    return next(run for run in shipped if run.notes().name == "Demo: neighbours and attention")


@pytest.fixture(scope="session")
def planted_slice():
    """The bytes of a scanner's slice that names a patient, Olga Zwonkowa, wherever a header can."""

    def planted_slice(**changes: str) -> bytes:
        dataset = pydicom.dcmread(get_testdata_file("MR_small.dcm", download=False))
        planted = {
            "PatientName": "Zwonkowa^Olga",
            "PatientID": "QX-7741",
            "PatientBirthDate": "19470316",
            "ReferringPhysicianName": "Brandt^Ute",
            "AccessionNumber": "A-99123",
            "StudyDate": "20190308",
            "StudyDescription": "Zwonkowa lumbar",
            "SeriesDescription": "Zwonkowa T2",
        }
        for keyword, value in (planted | changes).items():
            setattr(dataset, keyword, value)
        buffer = io.BytesIO()
        dataset.save_as(buffer)
        return buffer.getvalue()

    return planted_slice
