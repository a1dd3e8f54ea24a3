"""What happens around the steps of a run: its folder is kept up to date, and it can stop and go on."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import keras

from lsdc.config import TrainingConfig
from lsdc.errors import TrainingError
from lsdc.files import write_with
from lsdc.runs import RunFolder, RunState
from lsdc.training.progress import RunProgress, StopRequestedError


class RunRecorder(keras.callbacks.Callback):
    """Writes status, history, best network and checkpoint.

    Args:
        run: The folder.
        progress: The status.
        network: What is saved when the validation loss is the best so far.
        past: The epochs before this process began.
    """

    def __init__(
        self,
        run: RunFolder,
        progress: RunProgress,
        network: keras.Model,
        past: Sequence[Mapping[str, float]],
        config: TrainingConfig,
    ) -> None:
        super().__init__()
        self._run, self._progress, self._network, self._config = run, progress, network, config
        self._epochs = [dict(epoch) for epoch in past]
        self._best = min((epoch["val_loss"] for epoch in past), default=math.inf)
        self._steps_done = 0

    def on_train_begin(self, logs: Any = None) -> None:
        self._began = time.monotonic()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch_began = time.monotonic()
        self._learning_rate = float(self.model.optimizer.learning_rate)
        for layer in self._network.layers:
            if hasattr(layer, "seed_generator"):
                # Dropout must draw the same in a resumed run as in one that never stopped.
                layer.seed_generator.state.assign([self._config.seed, epoch])
        self._progress.say(state=RunState.RUNNING, epoch=epoch, step=0, steps=self.params["steps"], message="Training.")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self._run.stop_requested:
            # Out of `fit` at once: a half epoch is not written down as a whole one.
            raise StopRequestedError
        self._steps_done += 1
        status = self._progress.status
        left = self.params["steps"] * (status.epochs - status.epoch) - (batch + 1)
        seconds_per_step = (time.monotonic() - self._began) / self._steps_done
        self._progress.step(step=batch + 1, eta_seconds=left * seconds_per_step)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        figures = {name: float(logs[name]) for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
        if not all(math.isfinite(figures[name]) for name in ("loss", "val_loss")):
            raise TrainingError(
                f"The loss is no longer a number after epoch {epoch + 1}.",
                "A finite loss. Nothing of this epoch is kept.",
                "Start again with a smaller learning rate.",
            )
        seconds = time.monotonic() - self._epoch_began
        self._epochs.append({"epoch": epoch + 1, **figures, "learning_rate": self._learning_rate, "seconds": seconds})
        # In this order: a resumed run goes on from the checkpoint, so the others must already hold that epoch.
        if figures["val_loss"] < self._best:
            self._best = figures["val_loss"]
            write_with(self._run.keras_path, self._network.save)
        self._run.write_history(self._epochs)
        write_with(self._run.checkpoint_path, self.model.save)
        print(f"epoch {epoch + 1}: " + ", ".join(f"{name} {value:.4f}" for name, value in figures.items()), flush=True)  # noqa: T201  # the run's log
        self._progress.say(epoch=epoch + 1, step=0)


class ReplayPast(keras.callbacks.Callback):
    """Shows past epochs to callbacks that count them, so that a resumed run remembers its best and its patience.

    It must stand after `listeners` in the list of callbacks, since they forget everything when training begins.
    """

    def __init__(
        self, listeners: Sequence[keras.callbacks.Callback], past: Sequence[Mapping[str, float]], learning_rate: float
    ) -> None:
        super().__init__()
        self._listeners, self._past, self._learning_rate = listeners, past, learning_rate

    def on_train_begin(self, logs: Any = None) -> None:
        self.model.optimizer.learning_rate = self._learning_rate
        for epoch, figures in enumerate(self._past):
            for listener in self._listeners:
                listener.on_epoch_end(epoch, dict(figures))


def plateau_callbacks(config: TrainingConfig) -> list[keras.callbacks.Callback]:
    """Early stopping and learning-rate reduction as the config asks for them."""
    callbacks: list[keras.callbacks.Callback] = []
    if config.reduce_lr_patience:
        callbacks.append(
            keras.callbacks.ReduceLROnPlateau(
                monitor="val_loss", factor=config.reduce_lr_factor, patience=config.reduce_lr_patience, mode="min"
            )
        )
    if config.early_stopping_patience:
        callbacks.append(
            keras.callbacks.EarlyStopping(monitor="val_loss", patience=config.early_stopping_patience, mode="min")
        )
    return callbacks
