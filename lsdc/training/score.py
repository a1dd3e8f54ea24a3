"""What a trained network leaves in its run: predictions, embeddings, metrics, card, and its ONNX twin."""

from __future__ import annotations

import keras
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsdc.errors import ExportError
from lsdc.evaluation.model_card import model_card
from lsdc.evaluation.scoring import evaluate
from lsdc.labels import Severity
from lsdc.runs import RunFolder
from lsdc.training.export import export_onnx
from lsdc.training.rows import Rows

PREDICTION_BATCH = 256
EXPORT_SAMPLE = 32
ROW_KEYS = ["study_id", "series_id", "instance_number", "condition", "side", "level"]
POSITIONS = ["x", "y", "x_fraction", "y_fraction"]


def score_and_export(run: RunFolder, rows: Rows) -> str:
    """Predict every row with the best network and write what follows from it.

    A network that cannot be exported is scored all the same; the run is then not offered for prediction.

    Returns:
        A sentence on the export.
    """
    # A resumed run may have left the twin of an older network: nobody must grade with it from here on.
    run.onnx_path.unlink(missing_ok=True)
    network = keras.saving.load_model(run.keras_path, safe_mode=True)
    positions = rows.positions("train", "validation", "test")
    probabilities, embedding = _predict(network, rows, positions)
    predictions = _predictions_table(rows, positions, probabilities)
    run.write_predictions(predictions)
    run.write_embeddings(_embeddings_table(predictions, embedding))
    metrics = evaluate(predictions)
    run.write_metrics(metrics)
    run.write_model_card(model_card(run_id=run.run_id, config=run.config, data=run.data, metrics=metrics))
    try:
        difference = export_onnx(network, run.onnx_path, rows.inputs(positions[:EXPORT_SAMPLE]))
    except ExportError as error:
        return str(error)
    return f"Its ONNX twin agrees within {difference:.0e}."


def _predict(
    network: keras.Model, rows: Rows, positions: NDArray[np.intp]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    parts = [
        network.predict_on_batch(rows.inputs(positions[start : start + PREDICTION_BATCH]))
        for start in range(0, len(positions), PREDICTION_BATCH)
    ]
    probabilities, embedding = (
        np.concatenate([part[name] for part in parts]) for name in ("probabilities", "embedding")
    )
    return probabilities, embedding


def _predictions_table(rows: Rows, positions: NDArray[np.intp], probabilities: NDArray[np.float32]) -> pd.DataFrame:
    index = rows.cache.index.iloc[positions]
    table: pd.DataFrame = index[ROW_KEYS + POSITIONS].reset_index(drop=True)
    table.insert(0, "split", rows.split[positions].astype(object))
    table["label"] = index["severity"].astype(object).to_numpy()
    for severity in Severity:
        table[severity.probability_column] = probabilities[:, severity.rank]
    return table


def _embeddings_table(predictions: pd.DataFrame, embedding: NDArray[np.float32]) -> pd.DataFrame:
    training = (predictions["split"] == "train").to_numpy()
    keys = predictions.loc[training, [*ROW_KEYS, "label"]]
    names = [f"e{number}" for number in range(embedding.shape[1])]
    values = pd.DataFrame(embedding[training].astype(np.float16), columns=names)
    return pd.concat([keys.reset_index(drop=True), values], axis=1)
