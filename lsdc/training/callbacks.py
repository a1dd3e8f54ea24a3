"""What happens around the steps of a run: its folder is kept up to date, and it can stop and go on."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from lsdc.config import Schedule, TrainingConfig
from lsdc.errors import TrainingError
from lsdc.files import write_with
from lsdc.runs import RunFolder, RunState
from lsdc.training.batches import Batches
from lsdc.training.progress import RunProgress, StopRequestedError

FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy")


class RunRecorder(keras.callbacks.Callback):
    """Writes status, history, best network and checkpoint.

    Args:
        run: The folder.
        progress: The status.
        network: What is saved when the validation loss is the best so far of its stage.
        past: The epochs before this process began, of all stages.
        batches: The training rows, which are told the epoch that begins.
        stage: 1 or 2; losses of different stages are not compared.
        seed: Of the run.
    """

    def __init__(
        self,
        run: RunFolder,
        progress: RunProgress,
        network: keras.Model,
        past: Sequence[Mapping[str, float]],
        batches: Batches,
        *,
        stage: int,
        seed: int,
    ) -> None:
        super().__init__()
        self._run, self._progress, self._network, self._batches = run, progress, network, batches
        self._stage, self._seed = stage, seed
        self._epochs = [dict(epoch) for epoch in past]
        self._best = min((epoch["val_loss"] for epoch in past if epoch["stage"] == stage), default=math.inf)
        self._steps_done = 0

    def on_train_begin(self, logs: Any = None) -> None:
        self._began = time.monotonic()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch_began = time.monotonic()
        self._batches.begin_epoch(epoch)
        seed_dropout(self._network, seed=self._seed, epoch=epoch)
        self._progress.say(state=RunState.RUNNING, epoch=epoch, step=0, steps=self.params["steps"], message="Training.")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if not math.isfinite(logs["loss"]):
            raise _lost(self._progress.status.epoch + 1)
        if self._run.stop_requested:
            # Out of `fit` at once: a half epoch is not written down as a whole one.
            raise StopRequestedError
        self._steps_done += 1
        status = self._progress.status
        left = self.params["steps"] * (status.epochs - status.epoch) - (batch + 1)
        seconds_per_step = (time.monotonic() - self._began) / self._steps_done
        self._progress.step(step=batch + 1, eta_seconds=left * seconds_per_step, seconds_per_step=seconds_per_step)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        figures = {name: float(logs[name]) for name in FIGURES}
        if not math.isfinite(figures["val_loss"]):
            raise _lost(epoch + 1)
        row = {"epoch": epoch + 1, "stage": self._stage, **figures}
        learning_rate = float(self.model.optimizer.learning_rate)
        seconds = time.monotonic() - self._epoch_began
        self._epochs.append({**row, "learning_rate": learning_rate, "seconds": seconds})
        # In this order: a resumed run goes on from the checkpoint, so the others must already hold that epoch.
        if figures["val_loss"] < self._best:
            self._best = figures["val_loss"]
            with averaged_weights(self.model):
                write_with(self._run.keras_path, self._network.save)
        self._run.write_history(self._epochs)
        write_with(self._run.checkpoint_path, self.model.save)
        print(f"epoch {epoch + 1}: " + ", ".join(f"{name} {value:.4f}" for name, value in figures.items()), flush=True)  # noqa: T201  # the run's log
        self._progress.say(epoch=epoch + 1, step=0)


def seed_dropout(network: keras.Model, *, seed: int, epoch: int) -> None:
    """Tell each layer that drops at random from where to draw, so that a resumed run draws what it would have drawn.

    Keras adds 1 to the second number of a layer's state with each step. So the states are hashes: those of one layer or
    epoch are not met again by another.

    Args:
        network: Its layers have a state each.
        seed: Of the run.
        epoch: Of the run, from 0.
    """
    states = [variable for variable in network.variables if variable.name == "seed_generator_state"]
    for place, state in enumerate(states):
        drawn = np.random.SeedSequence([seed, epoch], spawn_key=(place,)).generate_state(2)
        # Some backends keep them as int32.
        state.assign([int(number) >> 2 for number in drawn])


def _lost(epoch: int) -> TrainingError:
    kept = "the checkpoint is the one of the epoch before" if epoch > 1 else "there is no checkpoint yet"
    return TrainingError(
        f"The loss is no longer a number in epoch {epoch}.",
        f"A finite loss. Nothing of this epoch is kept; {kept}.",
        "Start again with a smaller learning rate, or with float32 if the precision was mixed.",
    )


@contextmanager
def averaged_weights(model: keras.Model) -> Iterator[None]:
    """Give a model the averaged weights of its optimizer, if it keeps any, for as long as the block lasts."""
    if not model.optimizer.use_ema:
        yield
        return
    own = [keras.ops.convert_to_numpy(variable) for variable in model.trainable_variables]
    model.optimizer.finalize_variable_values(model.trainable_variables)
    try:
        yield
    finally:
        for variable, value in zip(model.trainable_variables, own, strict=True):
            variable.assign(value)


class ReplayPast(keras.callbacks.Callback):
    """Shows past epochs to callbacks that count them, so that a resumed run remembers its best and its patience.

    It must stand after `listeners` in the list of callbacks, since they forget everything when training begins.

    Args:
        listeners: The callbacks.
        past: The epochs of this stage.
        learning_rate: With which the stage began; None if a schedule decides it.
    """

    def __init__(
        self,
        listeners: Sequence[keras.callbacks.Callback],
        past: Sequence[Mapping[str, float]],
        learning_rate: float | None,
    ) -> None:
        super().__init__()
        self._listeners, self._past, self._learning_rate = listeners, past, learning_rate

    def on_train_begin(self, logs: Any = None) -> None:
        if self._learning_rate is not None:
            self.model.optimizer.learning_rate = self._learning_rate
        for epoch, figures in enumerate(self._past):
            for listener in self._listeners:
                listener.on_epoch_end(epoch, dict(figures))


def patience_callbacks(config: TrainingConfig) -> list[keras.callbacks.Callback]:
    """Early stopping and learning-rate reduction as the config asks for them."""
    callbacks: list[keras.callbacks.Callback] = []
    if config.schedule is Schedule.PLATEAU:
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


def patience_is_exhausted(past: Sequence[Mapping[str, float]], patience: int) -> bool:
    """Whether early stopping ended a stage after these epochs."""
    losses = [epoch["val_loss"] for epoch in past]
    return bool(patience and losses) and len(losses) - 1 - losses.index(min(losses)) >= patience
