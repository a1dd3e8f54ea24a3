"""A run as MLflow reads it back."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from lsdc.config import TrainingConfig, preset
from lsdc.errors import ExportError
from lsdc.evaluation.calibration import calibrate
from lsdc.evaluation.mlflow_export import export_to_mlflow, tracking_uri
from lsdc.evaluation.predictions import probabilities_of
from lsdc.evaluation.stored import write_scores
from lsdc.runs import RunFolder, RunNotes, RunState, RunStatus, create_run

DATA = {"name": "phantom", "root": "", "fingerprint": "f", "synthetic": True, "rows": 300, "studies": 60}
RECORD = {"preset": "quick", "created": "2026-01-02T03:04:05+00:00", "data": DATA}


@pytest.fixture(scope="module")
def run(tmp_path_factory, make_predictions) -> RunFolder:
    notes = RunNotes(name="Mine", note="worth keeping", tags=("fold 1", "b"))
    run = create_run(tmp_path_factory.mktemp("runs"), preset("quick"), RECORD, notes)
    predictions = make_predictions(24)
    logits = np.log(probabilities_of(predictions))
    run.write_predictions(predictions)
    run.write_calibration(calibrate(logits, predictions, weights=(1.0, 1.0, 1.0), fit=False).record)
    write_scores(run)
    of_epoch = {"stage": 1, "accuracy": 0.5, "val_loss": 1.0, "val_accuracy": 0.5, "learning_rate": 1e-3}
    run.write_history([{"epoch": epoch, "loss": 1 / epoch, "seconds": 2.0, **of_epoch} for epoch in (1, 2, 3)])
    run.onnx_path.write_bytes(b"network")
    run.write_status(RunStatus(state=RunState.FINISHED, ended=1767323200.0))
    return run


def test_a_run_is_read_back_whole_and_written_once(run, tmp_path) -> None:
    place = str(tmp_path / "kept")

    name = export_to_mlflow(run, place)

    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=tracking_uri(place))
    read = client.get_run(name)
    assert read.info.run_name == "Mine"
    assert read.info.status == "FINISHED"
    assert read.info.end_time == 1767323200000
    assert set(read.data.params) == set(TrainingConfig.model_fields)
    assert read.data.params["conv_filters"] == ", ".join(map(str, run.config.conv_filters))
    scores = run.metrics()["metrics"]
    assert read.data.metrics["macro_auc"] == pytest.approx(scores["macro_auc"]["value"])
    assert read.data.metrics["macro_auc_low"] == pytest.approx(scores["macro_auc"]["low"])
    losses = client.get_metric_history(name, "epoch/loss")
    assert [(point.step, point.value) for point in losses] == [(1, 1.0), (2, 0.5), (3, pytest.approx(1 / 3))]
    assert read.data.tags["lsdc.run"] == run.run_id
    assert read.data.tags["lsdc.tags"] == "fold 1, b"
    assert read.data.tags["mlflow.note.content"] == "worth keeping"
    assert {file.path for file in client.list_artifacts(name)} == {"card.md", "card.html", "config.json", "networks"}
    network = client.download_artifacts(name, f"networks/{run.run_id}/model.onnx", str(tmp_path))
    assert Path(network).read_bytes() == b"network"
    with pytest.raises(ExportError, match="is there already"):
        export_to_mlflow(run, place)


def test_without_mlflow_the_reader_is_told_what_to_install(run, tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)

    with pytest.raises(ExportError, match=r"pip install -r requirements-mlflow\.txt"):
        export_to_mlflow(run, str(tmp_path / "kept"))

    assert not (tmp_path / "kept").exists()


def test_an_address_stays_an_address(tmp_path) -> None:
    assert tracking_uri("https://experiments.example:5000") == "https://experiments.example:5000"
    assert tracking_uri(str(tmp_path)) == f"sqlite:///{tmp_path}/mlflow.db"
