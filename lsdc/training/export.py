"""From a trained network to its ONNX twin: `python -m lsdc.training.export RUN_FOLDER`, with TensorFlow.

The twin has calibration as its last layer, and is kept only if it gives the same answers. A run that was trained with
another backend is exported by this process.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime

from lsdc.config import TrainingConfig
from lsdc.errors import ExportError, LsdcError
from lsdc.files import replacing
from lsdc.labels import Condition, Level, Side
from lsdc.preprocessing.inputs import Inputs
from lsdc.runs import RunFolder

if TYPE_CHECKING:
    import keras

# Both compute in float32; a larger difference is a different network. Of outputs beyond 1, as embeddings may be, it is a share.
TOLERANCE = 1e-4
SAMPLE_ROWS = 16
COLLECT_SECONDS = 1.0


def main(arguments: Sequence[str]) -> int:
    """Export a run, say how close the twin is, and return the exit code."""
    # Keras reads it on import; only TensorFlow's networks can be converted.
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        print(export_run(RunFolder(Path(arguments[0]))))  # noqa: T201  # the answer
    except LsdcError as error:
        print(error, file=sys.stderr)  # noqa: T201  # read by whoever started the process
        return 1
    return 0


def export_run(run: RunFolder) -> str:
    """Export the scored network of a run with its calibration; returns a sentence on the twin.

    Raises:
        CorruptRunError: If the run's calibration cannot be read.
        ExportError: If the export fails, or the twin differs.
    """
    from lsdc.models.build import build_grading_graph
    from lsdc.models.calibration import Calibration
    from lsdc.models.inputs import input_names
    from lsdc.models.saved import load_in_float32

    network = load_in_float32(run.keras_path, run.config)
    calibration = run.calibration()
    graph = build_grading_graph(network, Calibration(calibration["prior_weights"], calibration["temperature"]))
    sample = {name: values for name, values in _sample(run.config).items() if name in input_names(graph)}
    difference = export_onnx(graph, run.onnx_path, sample)
    return f"Its ONNX twin agrees within {difference:.0e}."


def export_onnx(graph: keras.Model, path: Path, sample: Inputs) -> float:
    """Write the twin of a graph to `path`, if the two agree on `sample`.

    Args:
        graph: Takes and gives named arrays, see `lsdc.models.build.build_grading_graph`.
        path: Replaced when the twin agrees, otherwise left as it was.
        sample: Inputs by name; a few rows.

    Returns:
        The largest difference between the two, over all outputs; as a share of the largest value where that is above 1.

    Raises:
        ExportError: If the export fails or a difference exceeds `TOLERANCE`.
    """
    expected = graph.predict_on_batch(sample)
    with replacing(path) as temporary:
        actual = _convert_and_run(graph, temporary, sample)
        difference = _largest_difference(expected, actual)
        if not difference <= TOLERANCE:
            raise ExportError(
                f"The exported network differs from the trained one by {difference:.2g}.",
                f"A difference of at most {TOLERANCE:g}.",
                "The run keeps its Keras network; report the layers that it uses.",
            )
    return difference


def _sample(config: TrainingConfig) -> Inputs:
    """Made-up rows of every level, side and condition, with and without neighbours: no data set is needed to export."""
    random = np.random.default_rng(0)
    slices, px = config.crop.num_slices, config.image_px
    mask = random.integers(0, 2, (SAMPLE_ROWS, slices)).astype(np.float32)
    mask[:, slices // 2] = 1
    words = {"level": Level, "side": Side, "condition": Condition}
    ranks = {name: random.integers(0, len(known), SAMPLE_ROWS).astype(np.int32) for name, known in words.items()}
    return {
        "image": random.random((SAMPLE_ROWS, slices, px, px), np.float32),
        "mask": mask,
        "coords": random.random((SAMPLE_ROWS, 2), np.float32),
        **ranks,
    }


def _convert_and_run(graph: keras.Model, path: Path, sample: Inputs) -> dict[str, Any]:
    try:
        with warnings.catch_warnings(), _collecting():
            # The converter still looks up names that NumPy has dropped.
            warnings.simplefilter("ignore", FutureWarning)
            graph.export(str(path), format="onnx", verbose=False)
        return _run_onnx(path, sample)
    except Exception as error:
        # Whatever converter and runtime raise means the same to the run: trained, but of no use for prediction.
        raise ExportError(
            f"The network could not be exported to ONNX: {type(error).__name__}: {error}.",
            "A network whose layers the converter knows.",
            "The run keeps its Keras network and its scores, and is not offered for prediction.",
        ) from error


@contextmanager
def _collecting() -> Iterator[None]:
    """Collect garbage all the while.

    Each pass of the converter copies the whole network, with references in circles; Python, which counts objects and not
    bytes, leaves dozens of copies lying.
    """
    over = threading.Event()

    def collect() -> None:
        while not over.wait(COLLECT_SECONDS):
            gc.collect()

    thread = threading.Thread(target=collect, name="collect", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _run_onnx(path: Path, sample: Inputs) -> dict[str, Any]:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, sample), strict=True))


def _largest_difference(expected: dict[str, Any], actual: dict[str, Any]) -> float:
    if expected.keys() != actual.keys():
        return float("inf")
    # np.max hands a difference that is not a number on, where max would drop it.
    differences = [
        np.abs(values - actual[name]).max() / max(1.0, np.abs(values).max()) for name, values in expected.items()
    ]
    return float(np.max(differences))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
