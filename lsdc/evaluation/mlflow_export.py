"""A run as a run of MLflow, for those who keep their experiments there. MLflow is not among what the program needs."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lsdc.config.words import in_words
from lsdc.errors import ExportError
from lsdc.evaluation.card_page import card_page
from lsdc.evaluation.metrics_file import Metrics, Scores
from lsdc.evaluation.stored import current_metrics
from lsdc.runs import RunFolder

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Param

EXPERIMENT = "lumbar-workbench"
RUN_TAG = "lsdc.run"
# The most that MLflow takes at once.
BATCH = 1000


def tracking_uri(place: str) -> str:
    """The address of an MLflow store: `place` itself if it is one, else that of a database in the folder `place`."""
    # MLflow's client refuses to write its older store of plain files.
    return place if "://" in place else f"sqlite:///{_folder(place) / 'mlflow.db'}"


def export_to_mlflow(run: RunFolder, place: str) -> str:
    """Write a scored run into an MLflow store: hyperparameters, scores, history, tags, card, config and networks.

    Args:
        run: The run.
        place: A folder, made if it is not there, or the address of a tracking server or database.

    Returns:
        The name of the run in MLflow.

    Raises:
        ExportError: If MLflow is not installed, the store cannot be used, or it has the run already.
        CorruptRunError: If a file of the run cannot be read.
    """
    card = run.model_card()
    metrics = current_metrics(run)
    scores = metrics["metrics"] | metrics["report_metrics"]
    with _client(place) as client:
        experiment = _experiment(client, place)
        _refuse_twice(client, experiment, run)
        began_ms = int(datetime.fromisoformat(run.record["created"]).timestamp() * 1000)
        target = client.create_run(
            experiment, start_time=began_ms, tags=_tags(run, metrics), run_name=run.notes().name or run.run_id
        ).info.run_id
        client.log_batch(target, params=_params(run))
        numbers = [*_history(run, began_ms), *_final(scores, began_ms)]
        for start in range(0, len(numbers), BATCH):
            client.log_batch(target, metrics=numbers[start : start + BATCH])
        client.log_text(target, card, "card.md")
        client.log_text(target, card_page(card), "card.html")
        client.log_dict(target, run.record, "config.json")
        for network in run.networks():
            if network.can_predict:
                client.log_artifact(target, str(network.onnx_path), f"networks/{network.run_id}")
        ended = run.status().ended
        client.set_terminated(target, "FINISHED", end_time=int(ended * 1000) if ended else None)
    return str(target)


@contextmanager
def _client(place: str) -> Iterator[MlflowClient]:
    # It would tell its makers what is used of it.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    try:
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException
    except ModuleNotFoundError as error:
        raise ExportError(
            "MLflow is not installed.",
            "The program does not need it; the export does.",
            "Install it with: pip install -r requirements-mlflow.txt",
        ) from error
    if "://" not in place:
        _folder(place).mkdir(parents=True, exist_ok=True)
    try:
        with warnings.catch_warnings():
            # What it says of SQLAlchemy is nothing that a reader could mend.
            warnings.simplefilter("ignore", DeprecationWarning)
            yield MlflowClient(tracking_uri=tracking_uri(place))
    except MlflowException as error:
        raise ExportError(
            f"MLflow refused the run: {error.message}",
            "A store that it can write, and hyperparameters and scores as it takes them.",
            "Correct what it names, or export to a new folder.",
        ) from error


def _experiment(client: MlflowClient, place: str) -> str:
    known = client.get_experiment_by_name(EXPERIMENT)
    if known is not None:
        return str(known.experiment_id)
    # A server knows where its artifacts go; beside a database somebody must say it.
    artifacts = None if "://" in place else (_folder(place) / "artifacts").as_uri()
    return str(client.create_experiment(EXPERIMENT, artifact_location=artifacts))


def _refuse_twice(client: MlflowClient, experiment: str, run: RunFolder) -> None:
    if client.search_runs([experiment], f"tags.`{RUN_TAG}` = '{run.run_id}' and status = 'FINISHED'"):
        raise ExportError(
            f"Run {run.run_id} is there already.",
            "A run is exported to a place once.",
            "Delete it there first, or choose another place.",
        )


def _tags(run: RunFolder, metrics: Metrics) -> dict[str, str]:
    data = run.data
    tags = {
        RUN_TAG: run.run_id,
        "lsdc.data": data["name"],
        "lsdc.data_fingerprint": data["fingerprint"],
        "lsdc.synthetic": str(data["synthetic"]),
        "lsdc.scored_on": metrics["scored_on"].value,
        "lsdc.rows_fingerprint": metrics["rows_fingerprint"],
        "lsdc.tags": ", ".join(run.notes().tags),
        "lsdc.members": ", ".join(network.run_id for network in run.networks()) if run.is_ensemble else "",
        # The name that MLflow itself gives to what a person says of a run.
        "mlflow.note.content": run.notes().note,
    }
    return {name: value for name, value in tags.items() if value}


def _params(run: RunFolder) -> list[Param]:
    from mlflow.entities import Param

    return [Param(name, value) for name, value in in_words([network.config for network in run.networks()]).items()]


def _history(run: RunFolder, began_ms: int) -> list[Metric]:
    """Each column of the history, at the moment when its epoch ended."""
    from mlflow.entities import Metric

    history = run.history()
    ended_ms = began_ms + (history["seconds"].cumsum() * 1000).astype("int64")
    columns = history.drop(columns=["epoch"]).items()
    return [
        Metric(f"epoch/{column}", float(value), int(when), int(epoch))
        for column, values in columns
        for epoch, value, when in zip(history["epoch"], values, ended_ms, strict=True)
    ]


def _final(scores: Scores, began_ms: int) -> list[Metric]:
    """Each score and the ends of its interval; what is undefined is left out."""
    from mlflow.entities import Metric

    named = {
        f"{name}{suffix}": value
        for name, score in scores.items()
        for suffix, value in (("", score["value"]), ("_low", score["low"]), ("_high", score["high"]))
    }
    return [Metric(name, value, began_ms, 0) for name, value in named.items() if value is not None]


def _folder(place: str) -> Path:
    return Path(place).expanduser().resolve()
