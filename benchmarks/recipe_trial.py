"""One cell, from nothing to its result: draw phantoms, train through the program, grade the test rows, score.

The training studies are written as DICOM files and trained on by the program's own process. The test studies are drawn
and cut in memory. All that is made on the way lies in a working folder, and is found there again.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
from recipe_cells import Cell, TrialData

from lsdc import settings
from lsdc.config import SideChoice, TrainingConfig
from lsdc.dataset.phantom import PHANTOM_VERSION, ceiling_of_rows, write_phantom
from lsdc.dataset.splits import Part
from lsdc.dataset.tables import load_label_table, rows_for_training
from lsdc.evaluation.baselines import baseline_predictions
from lsdc.evaluation.intervals import Interval, intervals
from lsdc.evaluation.metrics import METRICS, SLICE_METRICS, report_metrics
from lsdc.evaluation.predictions import PREDICTION_COLUMNS, rows_fingerprint, scored_rows, with_probabilities
from lsdc.files import write_with
from lsdc.preprocessing.cache import CropCache, build_crop_cache
from lsdc.preprocessing.inputs import network_inputs
from lsdc.preprocessing.phantom_crops import phantom_crops, phantom_rows
from lsdc.runs import RunFolder, RunState
from lsdc.training.launch import start_run, wait_for

# The best possible accuracy is known for the balanced rows of one side, and every recipe can grade the left one.
TESTED = SideChoice.LEFT
ACCURACY = next(metric for metric in report_metrics() if metric.name == "accuracy")
TABLE_METRICS = (*METRICS, ACCURACY)
BATCH = 256

Say = Callable[[str], None]


class TrialFailedError(Exception):
    """A run that did not finish; its message says why."""


def describe_data(data: TrialData) -> dict[str, int]:
    """What a result says of its data, and what must agree for it to count."""
    return {"generator_version": PHANTOM_VERSION, **asdict(data)}


def tested_rows(config: TrainingConfig, data: TrialData) -> pd.DataFrame:
    """The rows that all recipes are tested on, with their true narrowings."""
    return phantom_rows(data.test_seed, range(data.test_studies), config.changed(side=TESTED))


def run_cell(cell: Cell, data: TrialData, work: Path, say: Say) -> tuple[dict[str, Any], np.ndarray]:
    """Train a cell and test it.

    Args:
        cell: What to train.
        data: What to train and to test it on.
        work: The working folder.
        say: Told what is being done.

    Returns:
        The result, of plain values, and the probabilities of the test rows, float64 (rows, 3).

    Raises:
        TrialFailedError: If the run does not finish, or leaves no network.
    """
    seconds: dict[str, float | None] = {}
    os.environ["LSDC_ARTIFACTS"] = str(work / "artifacts")
    data_root = work / f"phantom{PHANTOM_VERSION}-seed{data.train_seed}-{data.train_studies}"
    seconds["generation"] = None if data_root.exists() else _timed(lambda: _write_phantom(data, data_root, say))
    rows = rows_for_training(load_label_table(data_root), cell.config)
    say("cutting the training crops")
    seconds["caching"] = _timed(
        lambda: build_crop_cache(
            rows, data_root, cell.config.crop, settings.crop_cache_root(), report_progress=lambda _done, _all: None
        )
    )
    stored = _stored_crops(cell.config, data, work)
    seconds["test_crops"] = None if stored.exists() else _timed(lambda: _draw_crops(cell.config, data, stored, say))
    say("training")
    began = time.perf_counter()
    run = _train(cell, data_root)
    seconds["training"] = time.perf_counter() - began
    say("grading and scoring")
    result, probabilities = _score(run, _read_crops(stored, cell.config, data))
    result = {
        "recipe": cell.recipe,
        "seed": cell.config.seed,
        "changes": cell.changes,
        "data": {**describe_data(data), **result.pop("data")},
        "commit": run.record["commit"],
        "machine": {"cores": os.cpu_count(), "processor": platform.machine(), "device": run.record["device"]},
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": {name: None if value is None else round(value, 1) for name, value in seconds.items()},
        **result,
    }
    return result, probabilities


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _write_phantom(data: TrialData, data_root: Path, say: Say) -> None:
    write_phantom(
        data_root,
        studies=data.train_studies,
        seed=data.train_seed,
        report_progress=lambda done, all_: say(f"drawing the training studies: {done} of {all_}"),
    )


def _train(cell: Cell, data_root: Path) -> RunFolder:
    run = start_run(cell.config, preset="recommended", data_root=data_root, name=cell.name)
    status = wait_for(run)
    if status.state is not RunState.FINISHED or not run.can_predict:
        raise TrialFailedError(f"{cell.name} is {status.state}: {status.message} Its log is {run.log_path}.")
    return run


def _stored_crops(config: TrainingConfig, data: TrialData, work: Path) -> Path:
    crop = config.crop
    look = f"{crop.input_kind}-{crop.side_px}px-{crop.side_mm:g}mm-{crop.num_slices}slices"
    return work / f"test{PHANTOM_VERSION}-seed{data.test_seed}-{data.test_studies}-{look}.npz"


def _draw_crops(config: TrainingConfig, data: TrialData, stored: Path, say: Say) -> None:
    crops = phantom_crops(
        data.test_seed,
        range(data.test_studies),
        config.changed(side=TESTED),
        report_progress=lambda done, all_: say(f"drawing the test studies: {done} of {all_}"),
    )
    fractions = crops.index[["x_fraction", "y_fraction"]].to_numpy()
    write_with(stored, lambda path: np.savez(path, pixels=crops.pixels, mask=crops.mask, fractions=fractions))


def _read_crops(stored: Path, config: TrainingConfig, data: TrialData) -> CropCache:
    index = tested_rows(config, data)
    with np.load(stored) as arrays:
        index[["x_fraction", "y_fraction"]] = arrays["fractions"]
        return CropCache(pixels=arrays["pixels"], mask=arrays["mask"], index=index, skipped=pd.DataFrame())


def _score(run: RunFolder, crops: CropCache) -> tuple[dict[str, Any], np.ndarray]:
    network = onnxruntime.InferenceSession(run.onnx_path, providers=["CPUExecutionProvider"])
    probabilities = _grade(network, crops)
    rows = crops.index.assign(split=Part.TEST.value, label=crops.index["severity"].astype(object))
    learnt = run.predictions()
    learnt = learnt.loc[learnt["split"] == Part.TRAIN, list(PREDICTION_COLUMNS)]
    graded = with_probabilities(rows, probabilities)
    both = pd.concat([learnt, graded[list(PREDICTION_COLUMNS)]], ignore_index=True)
    _, level_only = scored_rows(baseline_predictions(both)["level only"])
    metrics = _plain(intervals(graded, TABLE_METRICS))
    target = run.config.changed(side=TESTED).targets[0]
    ceiling = ceiling_of_rows(crops.index, target, balanced=run.config.balance)
    result = {
        "data": {
            "train_rows": len(learnt),
            "test_rows": len(rows),
            "test_rows_fingerprint": rows_fingerprint(rows),
            "best_possible_accuracy": ceiling.accuracy,
            "best_possible_quadratic_kappa": ceiling.quadratic_kappa,
        },
        "metrics": metrics,
        "share_of_best_accuracy": metrics["accuracy"]["value"] / ceiling.accuracy,
        "level_only": _plain(intervals(level_only, TABLE_METRICS)),
        "by_slices": _by_slices(network, crops),
    }
    return result, probabilities


def _grade(network: onnxruntime.InferenceSession, crops: CropCache, *, reach: int | None = None) -> np.ndarray:
    """Probabilities of all rows, float64 (rows, 3), with neighbours up to a distance only if `reach` says so."""
    slices = crops.mask.shape[1]
    distance = np.abs(np.arange(slices) - slices // 2)
    mask = crops.mask if reach is None else crops.mask & (distance <= reach)
    taken = [tensor.name for tensor in network.get_inputs()]
    answers = []
    for start in range(0, len(mask), BATCH):
        part = slice(start, start + BATCH)
        index = crops.index[part]
        inputs = network_inputs(
            crops.pixels[part],
            mask[part],
            index[["x_fraction", "y_fraction"]].to_numpy(),
            levels=index["level"],
            sides=index["side"],
            conditions=index["condition"],
        )
        answers += network.run(["probabilities"], {name: inputs[name] for name in taken})
    return np.concatenate(answers).astype(np.float64)


def _by_slices(network: onnxruntime.InferenceSession, crops: CropCache) -> dict[str, Any]:
    """Scores when at most so many slices are real ones; none for a network that sees one slice."""
    reaches = range(crops.mask.shape[1] // 2 + 1) if crops.mask.shape[1] > 1 else ()
    rows = crops.index.assign(label=crops.index["severity"].astype(object))
    return {
        str(2 * reach + 1): _plain(
            intervals(with_probabilities(rows, _grade(network, crops, reach=reach)), SLICE_METRICS)
        )
        for reach in reaches
    }


def _plain(values: dict[str, Interval]) -> dict[str, dict[str, float | None]]:
    return {name: asdict(interval) for name, interval in values.items()}
