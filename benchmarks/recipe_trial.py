"""One cell, from nothing to its result: train through the program, grade the test rows with what it exported, score."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
from recipe_cells import Cell, TrialData
from recipe_data import TESTED_SIDE, Say, describe_data, tested_crops, training_studies

from lsdc import settings
from lsdc.config import TrainingConfig
from lsdc.dataset.phantom import ceiling_of_rows
from lsdc.dataset.splits import Part
from lsdc.dataset.tables import load_label_table, rows_for_training
from lsdc.evaluation.baselines import baseline_predictions
from lsdc.evaluation.intervals import Interval, intervals
from lsdc.evaluation.metrics import METRICS, SLICE_METRICS, report_metrics
from lsdc.evaluation.predictions import PREDICTION_COLUMNS, rows_fingerprint, scored_rows, with_probabilities
from lsdc.json_lines import Row
from lsdc.preprocessing.cache import CropCache, build_crop_cache
from lsdc.preprocessing.inputs import network_inputs, seen_mask
from lsdc.runs import RunFolder, RunNotes, RunState
from lsdc.training.launch import start_run
from lsdc.training.queue import stop_run, wait_for

SCORES = (*METRICS, *(metric for metric in report_metrics() if metric.name == "accuracy"))
BATCH = 256


class TrialFailedError(Exception):
    """A run that did not finish; its message says why."""


def run_cell(cell: Cell, data: TrialData, work: Path, say: Say) -> Row:
    """Train a cell and test it.

    Args:
        cell: What to train.
        data: What to train and to test it on.
        work: The working folder.
        say: Told what is being done.

    Returns:
        The result, of plain values.

    Raises:
        TrialFailedError: If the run does not finish, or leaves no network.
    """
    # The benchmark's runs and caches stay apart from a person's own.
    os.environ["LSDC_ARTIFACTS"] = str(work / "artifacts")
    data_root, generation = training_studies(data, work, say)
    crops, drawing = tested_crops(cell.config, data, work, say)
    say("cutting the training crops")
    caching = _fill_crop_cache(cell.config, data_root)
    say("training")
    run, training = _train(cell, data_root)
    say("scoring")
    of_data, scores = _score(run, crops)
    seconds = {"generation": generation, "test_crops": drawing, "caching": caching, "training": training}
    return {
        "recipe": cell.recipe,
        "seed": cell.config.seed,
        "config": cell.config.model_dump(mode="json"),
        "data": {**describe_data(data), **of_data},
        "commit": run.record["commit"],
        "machine": {"cores": os.cpu_count(), "processor": platform.machine(), "device": run.record["device"]},
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": {name: None if value is None else round(value, 1) for name, value in seconds.items()},
        **scores,
    }


def _fill_crop_cache(config: TrainingConfig, data_root: Path) -> float:
    """Cut the crops that the run will find, so that its own time is that of training; the seconds that it took."""
    began = time.perf_counter()
    rows = rows_for_training(load_label_table(data_root), config)
    build_crop_cache(rows, data_root, config.crop, settings.crop_cache_root(), report_progress=lambda _done, _all: None)
    return time.perf_counter() - began


def _train(cell: Cell, data_root: Path) -> tuple[RunFolder, float]:
    """The finished run, and the seconds of its whole process."""
    began = time.perf_counter()
    run = start_run(cell.config, preset=cell.preset, data_root=data_root, notes=RunNotes(name=cell.name))
    try:
        status = wait_for(run)
    except KeyboardInterrupt:
        stop_run(run)  # its process would outlive this one
        raise
    if status.state is not RunState.FINISHED or not run.can_predict:
        raise TrialFailedError(f"{cell.name} is {status.state}: {status.message} Its log is {run.log_path}.")
    return run, time.perf_counter() - began


def _score(run: RunFolder, crops: CropCache) -> tuple[Row, Row]:
    """What is to be said of the rows, and the scores on them."""
    network = onnxruntime.InferenceSession(run.onnx_path, providers=["CPUExecutionProvider"])
    probabilities = _grade(network, crops, reach=crops.mask.shape[1] // 2)
    rows = crops.index.assign(split=Part.TEST.value, label=crops.index["severity"].astype(object))
    graded = with_probabilities(rows, probabilities)
    predictions = run.predictions()
    learnt = predictions[predictions["split"] == Part.TRAIN]
    ceiling = ceiling_of_rows(rows, run.config.changed(side=TESTED_SIDE).targets[0], balanced=run.config.balance)
    metrics = _plain(intervals(graded, SCORES))
    of_data = {
        "train_rows": len(learnt),
        "test_rows": len(rows),
        "test_rows_fingerprint": rows_fingerprint(rows),
        "best_possible_accuracy": ceiling.accuracy,
        "best_possible_quadratic_kappa": ceiling.quadratic_kappa,
    }
    return of_data, {
        "metrics": metrics,
        "share_of_best_accuracy": metrics["accuracy"]["value"] / ceiling.accuracy,
        "level_only": _plain(intervals(_level_only(learnt, graded), SCORES)),
        "by_slices": _by_slices(network, crops, rows),
        # Of the test rows in their order, so that recipes can be compared row by row.
        "probabilities": probabilities.round(4).tolist(),
    }


def _level_only(learnt: pd.DataFrame, tested: pd.DataFrame) -> pd.DataFrame:
    """The tested rows as the baseline grades them that learns the levels of the same training rows."""
    columns = list(PREDICTION_COLUMNS)
    both = pd.concat([learnt[columns], tested[columns]], ignore_index=True)
    return scored_rows(baseline_predictions(both)["level only"])[1]


def _by_slices(network: onnxruntime.InferenceSession, crops: CropCache, rows: pd.DataFrame) -> dict[str, Any]:
    """Scores when at most so many slices are real ones; none for a network that sees one slice."""
    slices = crops.mask.shape[1]
    return {
        str(2 * reach + 1): _plain(
            intervals(with_probabilities(rows, _grade(network, crops, reach=reach)), SLICE_METRICS)
        )
        for reach in range(slices // 2 + 1)
        if slices > 1
    }


def _grade(network: onnxruntime.InferenceSession, crops: CropCache, *, reach: int) -> np.ndarray:
    """Probabilities of all rows, float64 (rows, 3), with real neighbours up to a distance of `reach` slices."""
    taken = [tensor.name for tensor in network.get_inputs()]
    answers = []
    for start in range(0, len(crops.mask), BATCH):
        part = slice(start, start + BATCH)
        rows = crops.index[part]
        inputs = network_inputs(
            crops.pixels[part],
            crops.mask[part],
            rows[["x_fraction", "y_fraction"]].to_numpy(),
            levels=rows["level"],
            sides=rows["side"],
            conditions=rows["condition"],
        )
        inputs["mask"] = seen_mask(inputs["mask"], np.full(len(rows), reach))
        answers += network.run(["probabilities"], {name: inputs[name] for name in taken})
    return np.concatenate(answers).astype(np.float64)


def _plain(values: dict[str, Interval]) -> dict[str, dict[str, float | None]]:
    return {name: asdict(interval) for name, interval in values.items()}
