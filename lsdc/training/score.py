"""What a trained network leaves in its run: predictions, embeddings, calibration, metrics and card."""

from __future__ import annotations

import hashlib
from typing import Any

import keras
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsdc.evaluation.attention import PREFIX
from lsdc.evaluation.calibration import Calibrated, calibrate
from lsdc.evaluation.predictions import CROP_COLUMN, IMAGE_COLUMNS
from lsdc.evaluation.stored import write_scores
from lsdc.labels import Severity
from lsdc.models.inputs import input_names
from lsdc.models.saved import load_in_float32
from lsdc.preprocessing.inputs import seen_mask
from lsdc.runs import RunFolder
from lsdc.training.learn import learned_weights
from lsdc.training.rows import Rows

PREDICTION_BATCH = 64
ROW_KEYS = ["study_id", "series_id", "instance_number", "condition", "side", "level"]
POSITIONS = ["x", "y", "x_fraction", "y_fraction", *IMAGE_COLUMNS]


def score(run: RunFolder, rows: Rows) -> None:
    """Predict every row with the best network, calibrate, and write what follows from it."""
    # A resumed run may have left the twin of an older network: nobody must grade with it from here on.
    run.onnx_path.unlink(missing_ok=True)
    config = run.config
    network = load_in_float32(run.keras_path, config)
    positions = rows.positions("train", "validation", "test")
    outputs = _predict(network, rows, positions)
    table = _rows_table(rows, positions)
    calibrated = calibrate(outputs["logits"], table, weights=learned_weights(run, rows), fit=config.calibrate)
    predictions = _with_answers(table, calibrated.probabilities, outputs.get("attention"))
    by_slices = _fewer_slices(network, rows, positions, calibrated)
    run.write_predictions(predictions)
    run.write_embeddings(_embeddings_table(table, outputs["embedding"]))
    run.write_calibration(calibrated.record)
    write_scores(run, by_slices)


def _predict(
    network: keras.Model, rows: Rows, positions: NDArray[np.intp], *, reach: int | None = None
) -> dict[str, NDArray[np.float32]]:
    """All outputs of a network for some rows, with neighbours up to a distance only if `reach` says so."""
    names = input_names(network)
    parts: list[dict[str, Any]] = []
    for start in range(0, len(positions), PREDICTION_BATCH):
        inputs = rows.inputs(positions[start : start + PREDICTION_BATCH])
        if reach is not None:
            inputs["mask"] = seen_mask(inputs["mask"], np.full(len(inputs["mask"]), reach))
        parts.append(network.predict_on_batch({name: inputs[name] for name in names}))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _fewer_slices(
    network: keras.Model, rows: Rows, positions: NDArray[np.intp], calibrated: Calibrated
) -> dict[int, NDArray[np.float64]]:
    """Probabilities by the number of slices that are shown at most; empty if the network sees one.

    Training rows keep those of all their slices: nobody is judged by them.
    """
    slices = rows.cache.mask.shape[1]
    if slices == 1:
        return {}
    judged = np.isin(rows.split[positions], ("validation", "test"))
    by_slices = {slices: calibrated.probabilities}
    for reach in range(slices // 2):
        shown = calibrated.probabilities.copy()
        shown[judged] = calibrated.apply(_predict(network, rows, positions[judged], reach=reach)["logits"])
        by_slices[2 * reach + 1] = shown
    return by_slices


def _rows_table(rows: Rows, positions: NDArray[np.intp]) -> pd.DataFrame:
    index = rows.cache.index.iloc[positions]
    table: pd.DataFrame = index[ROW_KEYS + POSITIONS].reset_index(drop=True)
    table.insert(0, "split", rows.split[positions].astype(object))
    table["label"] = index["severity"].astype(object).to_numpy()
    # By it a leak is found that the names of the files hide: one image under two names.
    table[CROP_COLUMN] = [hashlib.sha256(rows.cache.pixels[row].tobytes()).hexdigest()[:16] for row in positions]
    return table


def _with_answers(
    table: pd.DataFrame, probabilities: NDArray[np.float64], attention: NDArray[np.float32] | None
) -> pd.DataFrame:
    answers = {severity.probability_column: probabilities[:, severity.rank] for severity in Severity}
    if attention is not None:
        answers |= {f"{PREFIX}{place}": weights for place, weights in enumerate(attention.T, start=1)}
    return table.assign(**answers)


def _embeddings_table(table: pd.DataFrame, embedding: NDArray[np.float32]) -> pd.DataFrame:
    training = (table["split"] == "train").to_numpy()
    keys = table.loc[training, [*ROW_KEYS, "label"]]
    names = [f"e{number}" for number in range(embedding.shape[1])]
    values = pd.DataFrame(embedding[training].astype(np.float16), columns=names)
    return pd.concat([keys.reset_index(drop=True), values], axis=1)
