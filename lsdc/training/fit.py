"""The process of one run, which the worker starts. It reads config.json and writes the rest of the folder.

A run whose folder holds a checkpoint goes on from it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence

from lsdc.config import Backend, DeviceChoice, Precision, TrainingConfig
from lsdc.errors import ExportError
from lsdc.runs import RunFolder, RunState
from lsdc.training.device import describe_device, no_gpu
from lsdc.training.export import export_run
from lsdc.training.launch import NOT_EXPORTED, export_in_process
from lsdc.training.progress import RunProgress, StopRequestedError
from lsdc.training.rows import Rows, read_rows
from lsdc.training.run_process import work_on_run


def main(arguments: Sequence[str]) -> int:
    """Run to the end; the exit code is 0 for a finished or stopped run."""
    return work_on_run(arguments, _train)


def _train(run: RunFolder, progress: RunProgress) -> None:
    config = run.config
    progress.say(state=RunState.RUNNING, message="Reading the tables.")
    rows = read_rows(run, _crop_reporter(run, progress))
    progress.say(message="Starting Keras.", eta_seconds=None)
    device = start_keras(config)
    run.write_record({**run.record, "device": device, "backend": config.backend.value})
    progress.say(device=device)
    # These import Keras, which must know by now what it computes with.
    from lsdc.training.learn import learn
    from lsdc.training.score import score

    stopped = learn(run, rows, _settle_precision(run, rows, progress), progress)
    if not run.keras_path.exists():
        progress.end(RunState.STOPPED, f"{run.stopped_how} before the first epoch ended; there is no network to score.")
        return
    progress.say(message="Scoring the best network.", eta_seconds=None)
    score(run, rows)
    exported = _export(run, on_gpu=device.startswith("GPU"))
    _log(exported)
    state, how = (RunState.STOPPED, run.stopped_how) if stopped else (RunState.FINISHED, "Done")
    epochs = f"{progress.status.epoch} of {config.all_epochs} epochs"
    progress.end(state, f"{how} after {epochs}; the network of the best validation loss is scored. {exported}")


def _settle_precision(run: RunFolder, rows: Rows, progress: RunProgress) -> Precision:
    """The precision that the config names, or the one that a probe chose; a resumed run keeps what was chosen."""
    config = run.config
    if config.precision is not Precision.AUTO:
        return config.precision
    if "precision" not in run.record:
        from lsdc.training.precision import choose_precision

        progress.say(message="Timing float32 and mixed precision.")
        probe = choose_precision(config, rows, lambda: run.stop_requested)
        _log(f"precision: {probe}")
        run.write_record({**run.record, "precision": probe})
    return Precision(run.record["precision"]["chosen"])


def _export(run: RunFolder, *, on_gpu: bool) -> str:
    """Export the scored network, and say how that went; a network that cannot be exported is scored all the same."""
    try:
        # In this process only if it computes as the export does: with TensorFlow, and not on a GPU.
        if run.config.backend is Backend.TENSORFLOW and not on_gpu:
            return export_run(run)
        return export_in_process(run)
    except ExportError as error:
        return f"{NOT_EXPORTED} {error}"


def _crop_reporter(run: RunFolder, progress: RunProgress) -> Callable[[int, int], None]:
    """Says how many crops are cut, and how long the others will take; ends the cutting when somebody asks to stop."""
    began = time.monotonic()

    def report(done: int, total: int) -> None:
        if run.stop_requested:
            raise StopRequestedError
        left = (time.monotonic() - began) / done * (total - done) if done else None
        progress.step(message=f"Cutting crops: {done} of {total}.", eta_seconds=left)

    return report


def start_keras(config: TrainingConfig) -> str:
    """Import Keras with the backend and the device that the config allows, and say what it found."""
    os.environ["KERAS_BACKEND"] = config.backend.value
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import keras

    devices = _devices(config.backend)
    has_gpu = any(name.startswith(("gpu", "cuda")) for name in devices)
    if config.device is DeviceChoice.GPU and not has_gpu:
        raise no_gpu(f"Keras with the {config.backend} backend finds no GPU.")
    description = describe_device(DeviceChoice.AUTO if has_gpu else DeviceChoice.CPU)
    _log(f"Keras {keras.__version__} on {config.backend}: {description} ({', '.join(devices)})")
    return description


def _devices(backend: Backend) -> list[str]:
    """The devices that a backend can use, such as `cpu:0`."""
    if backend is Backend.TORCH:
        # Keras' list of devices does not know PyTorch.
        import torch

        return [f"cuda:{index}" for index in range(torch.cuda.device_count())] or ["cpu:0"]
    import keras

    return list(keras.distribution.list_devices())


def _log(line: str) -> None:
    print(line, flush=True)  # noqa: T201  # standard output is the run's log


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
