"""The same run on each backend that is installed: real processes, from the same initial weights."""

import shutil
import sys

import numpy as np
import pytest

from lsdc.cli.app import app
from lsdc.config import Backend
from lsdc.errors import DeviceError
from lsdc.labels import Severity
from lsdc.runs import RunFolder, RunNotes, RunState, RunStatus, create_run
from lsdc.training import fit
from lsdc.training.device import check_backend, is_installed
from lsdc.training.launch import describe_run, start_run
from lsdc.training.queue import resume_run, wait_for

pytestmark = pytest.mark.trains

PROBABILITIES = [severity.probability_column for severity in Severity]
OTHERS = [
    pytest.param(
        backend,
        marks=pytest.mark.skipif(not is_installed(backend), reason=f"{backend} is not installed here"),
    )
    for backend in (Backend.JAX, Backend.TORCH)
]


@pytest.fixture(scope="module")
def still_config(tiny_config):
    """A run in which nothing is drawn at random but the initial weights and the order of rows.

    Plain gradient descent: Adam makes a whole step of a gradient that is nothing but rounding, and so of its sign.
    """
    return tiny_config.changed(
        model="slice_attention",
        neighbours=1,
        side="either",
        dropout=0.0,
        augment_scale=0.0,
        epochs=3,
        optimizer="sgd",
        learning_rate=0.03,
        calibrate=True,
    )


@pytest.fixture(scope="module")
def begun(still_config, phantom_root, artifacts_root, tmp_path_factory):
    """A run of no epochs yet, whose checkpoint holds the initial weights."""
    import lsdc.models.build as build
    from lsdc.training.learn import compile_graph, stages
    from lsdc.training.rows import read_rows

    run = _make_run(tmp_path_factory.mktemp("begun"), still_config, phantom_root)
    graph = compile_graph(
        build.build_network(still_config),
        read_rows(run, lambda done, total: None),
        still_config,
        stages(still_config)[0],
    )
    run.checkpoint_path.parent.mkdir()
    graph.save(run.checkpoint_path)
    return run


@pytest.fixture(scope="module")
def on_tensorflow(begun, phantom_root, artifacts_root):
    """Trained in this process, in which Keras is loaded with TensorFlow."""
    run = _go_on_from(begun, Backend.TENSORFLOW, phantom_root, artifacts_root / "apart")
    with run.lock() as descriptor:
        assert fit.main([str(run.path), str(descriptor)]) == 0
    return RunFolder(run.path)


def _make_run(folder, config, data_root):
    """A run apart from the queue, so that no worker starts it."""
    return create_run(folder, config, describe_run(config, preset="quick", data_root=data_root), RunNotes())


def _go_on_from(begun, backend, data_root, folder):
    run = _make_run(folder, begun.config.changed(backend=backend), data_root)
    shutil.copytree(begun.checkpoint_path.parent, run.checkpoint_path.parent)
    run.write_status(RunStatus(state=RunState.STOPPED, epochs=begun.config.epochs))
    return run


def _train_from(begun, backend, data_root, artifacts_root):
    run = _go_on_from(begun, backend, data_root, artifacts_root / "apart")
    (artifacts_root / "runs").mkdir(exist_ok=True)
    run = RunFolder(run.path.rename(artifacts_root / "runs" / run.run_id))
    resume_run(run)
    assert wait_for(run).state is RunState.FINISHED, run.log_tail()
    return RunFolder(run.path)


@pytest.mark.parametrize("backend", OTHERS)
def test_backends_agree_from_the_same_initial_weights(begun, on_tensorflow, phantom_root, artifacts_root, backend):
    other = _train_from(begun, backend, phantom_root, artifacts_root)

    figures = ["loss", "accuracy", "val_loss", "val_accuracy"]
    np.testing.assert_allclose(other.history()[figures], on_tensorflow.history()[figures], rtol=1e-3)
    np.testing.assert_allclose(
        other.predictions()[PROBABILITIES], on_tensorflow.predictions()[PROBABILITIES], atol=1e-3
    )
    assert other.record["backend"] == backend
    assert other.can_predict, other.status().message


@pytest.mark.exhaustive
@pytest.mark.skipif(not is_installed(Backend.JAX), reason="jax is not installed")
def test_a_run_without_tensorflow_is_finished_and_exported_elsewhere(
    empty_artifacts, still_config, phantom_root, tmp_path, monkeypatch, capsys
):
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['tensorflow'] = None\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    run = start_run(still_config.changed(backend=Backend.JAX, epochs=1), preset="quick", data_root=phantom_root)
    status = wait_for(run)
    monkeypatch.delenv("PYTHONPATH")
    exported_before = run.can_predict

    app(["export", "--onnx", run.run_id], standalone_mode=False)

    assert status.state is RunState.FINISHED, run.log_tail()
    assert "Not exported" in status.message
    assert f"python -m lsdc export --onnx {run.run_id}" in status.message
    assert not exported_before
    assert RunFolder(run.path).can_predict
    assert "agrees" in capsys.readouterr().out


def test_a_backend_that_is_not_installed_is_refused(monkeypatch, still_config, phantom_root):
    monkeypatch.setitem(sys.modules, "torch", None)

    with pytest.raises(DeviceError, match="torch is not installed"):
        check_backend(Backend.TORCH)
    with pytest.raises(DeviceError, match="torch is not installed"):
        start_run(still_config.changed(backend=Backend.TORCH), preset="quick", data_root=phantom_root)
