"""A table of responses: what a search would have been told of each combination, from real small trainings on phantoms.

A line of JSON for each combination; what is recorded is not trained again.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

from lsdc import settings
from lsdc.config import TrainingConfig, preset
from lsdc.dataset.phantom import write_phantom
from lsdc.json_lines import JsonLines
from lsdc.runs import RunNotes, create_run
from lsdc.training.launch import describe_run
from lsdc.training.rows import Rows, read_rows

# What is searched: 108 combinations.
SEARCH: dict[str, list[Any]] = {
    "learning_rate": [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2],
    "activation": ["relu", "tanh", "sigmoid"],
    "batch_size": [8, 16, 64],
    "conv_filters": [[4, 8], [8, 16, 32]],
}
BASE = preset("quick").changed(image_px=16, coordinate_units=(8,), dense_units=(16,), epochs=6, balance=False)
STUDIES, SEED = 60, 11


def combinations() -> list[dict[str, Any]]:
    """All of them, in a fixed order."""
    return [dict(zip(SEARCH, values, strict=True)) for values in product(*SEARCH.values())]


def read_responses(path: Path) -> dict[str, list[float]]:
    """The validation losses by epoch of every recorded combination, by its `key`."""
    return {key(told["values"]): told["losses"] for told in JsonLines(path).rows()}


def key(values: dict[str, Any]) -> str:
    """What names a combination."""
    return json.dumps({name: list(value) if isinstance(value, tuple) else value for name, value in values.items()})


def record(path: Path, work: Path, say: Callable[[str], None]) -> None:
    """Train what is not in the table yet, one after the other in this process."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    phantom = work / f"sweep-phantom-{STUDIES}-seed{SEED}"
    if not phantom.exists():
        write_phantom(phantom, studies=STUDIES, seed=SEED, image_px=128)
    known = read_responses(path)
    missing = [values for values in combinations() if key(values) not in known]
    rows = _read_rows(phantom)
    for number, values in enumerate(missing, start=1):
        losses = _train(BASE.changed(**{name: _as_config(value) for name, value in values.items()}), rows)
        JsonLines(path).add([{"values": values, "losses": losses}])
        say(f"{number} of {len(missing)}: {min(losses):.4f}")


def _read_rows(phantom: Path) -> Rows:
    """The rows of all combinations: none of them changes which there are, or how they are divided."""
    with tempfile.TemporaryDirectory() as folder:
        described = describe_run(BASE, preset="quick", data_root=phantom)
        run = create_run(Path(folder), BASE, described, RunNotes())
        return read_rows(run, lambda _done, _all: None)


def _train(config: TrainingConfig, rows: Rows) -> list[float]:
    """The validation losses of a run, which is trained as `lsdc.training.learn` does, without its folder."""
    # These import Keras, which a search in the table does not need.
    import keras

    from lsdc.models.build import build_network
    from lsdc.models.inputs import input_names
    from lsdc.training.batches import Batches
    from lsdc.training.callbacks import patience_callbacks
    from lsdc.training.learn import compile_graph, stages

    keras.backend.clear_session()
    keras.utils.set_random_seed(config.seed)
    graph = compile_graph(build_network(config), rows, config, stages(config)[0])
    names = input_names(graph)
    batches = Batches(rows, rows.positions("train"), config, names, training=True)
    begin = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, _logs: batches.begin_epoch(epoch))
    keras.utils.set_random_seed(config.seed)
    history = graph.fit(
        batches,
        validation_data=Batches(rows, rows.positions("validation"), config, names, training=False),
        epochs=config.epochs,
        callbacks=[begin, *patience_callbacks(config)],
        shuffle=False,
        verbose=0,
    )
    return [round(float(loss), 5) for loss in history.history["val_loss"]]


def _as_config(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def default_work() -> Path:
    """Where phantoms and crops lie."""
    return settings.artifacts_root() / "benchmarks"
