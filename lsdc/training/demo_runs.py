"""The runs that ship with the program, so that Compare and Predict have something to show before anything is trained."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from lsdc.config import InputKind, Precision, SideChoice, TrainingConfig, preset
from lsdc.dataset.phantom import write_phantom
from lsdc.errors import TrainingError
from lsdc.runs import RunFolder, RunNotes, RunState
from lsdc.training.launch import start_run
from lsdc.training.queue import wait_for

STUDIES = 400
# Not the seed of the default data set: no study of it is among those that the demo runs learned from.
SEED = 400

# The preset that each begins from, and its hyperparameters. All learn from both sides, so that they are scored on the same
# rows and stand in one table. Pages offer the newest run first: the last of these.
DEMO_RUNS: dict[str, tuple[str, TrainingConfig]] = {
    "Demo: whole slice": ("quick", preset("quick").changed(side=SideChoice.EITHER, input_kind=InputKind.WHOLE)),
    "Demo: crop around the point": ("quick", preset("quick").changed(side=SideChoice.EITHER)),
    # Smaller than the preset, so that all of them are trained in a quarter of an hour on two cores.
    "Demo: neighbours and attention": (
        "recommended",
        preset("recommended").changed(image_px=64, precision=Precision.FLOAT32),
    ),
}


def retrain_demo_runs(report_progress: Callable[[int, int], None]) -> list[RunFolder]:
    """Train the demo runs on phantoms that are discarded afterwards, and strip them to what comparison and prediction read.

    Args:
        report_progress: Called with studies written and studies in all.

    Raises:
        TrainingError: If a run fails; its folder stays, with its log.
    """
    with tempfile.TemporaryDirectory(prefix="lsdc-demo-") as folder:
        data_root = Path(folder) / f"phantom-{STUDIES}"
        write_phantom(data_root, studies=STUDIES, seed=SEED, report_progress=report_progress)
        return [_train(*recipe, name, data_root) for name, recipe in DEMO_RUNS.items()]


def _train(preset_name: str, config: TrainingConfig, name: str, data_root: Path) -> RunFolder:
    run = start_run(config, preset=preset_name, data_root=data_root, notes=RunNotes(name=name))
    status = wait_for(run)
    if status.state is not RunState.FINISHED or not run.can_predict:
        raise TrainingError(
            f"Demo run {run.run_id} is {status.state}: {status.message}",
            "A finished run with an exported network.",
            "Read its train.log.",
        )
    _strip(run)
    return run


def _strip(run: RunFolder) -> None:
    # Folder, process and machine are gone, and say nothing to whoever gets the run.
    run.write_record({**run.record, "data": {**run.data, "root": ""}})
    run.write_status(run.status().model_copy(update={"pid": None, "host": "", "node": "", "slot": None}))
    run.remove_working_files()
