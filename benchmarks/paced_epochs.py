"""Epochs of Keras that wait for their turn and are timed in parts."""

from __future__ import annotations

import time
from typing import Any

import keras
from turns import Turns


class PacedEpochs(keras.callbacks.Callback):
    """Begins each epoch when it is this process' turn, and answers with the seconds of its parts.

    A step's time is that of the steps behind the first one: what the first takes longer belongs to the epoch's start.

    Args:
        turns: The way to whoever says whose turn it is.
    """

    def __init__(self, turns: Turns) -> None:
        super().__init__()
        self._turns = turns

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._turns.wait()
        self._times = [time.perf_counter()]

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if batch == 1:
            self._note_time()

    def on_test_begin(self, logs: Any = None) -> None:
        self._note_time()

    def on_test_end(self, logs: Any = None) -> None:
        self._note_time()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._note_time()
        began, second_step, steps_over, *boundary = self._times
        seconds_per_step = (steps_over - second_step) / (self.params["steps"] - 1)
        seconds = {"step": seconds_per_step, "start": second_step - began - seconds_per_step}
        if boundary:
            validated, saved = boundary
            seconds |= {"validation": validated - steps_over, "saving": saved - validated}
        self._turns.answer(seconds)

    def _note_time(self) -> None:
        if keras.backend.backend() == "jax":
            # During an epoch Keras keeps JAX's weights elsewhere.
            self.model.jax_state_sync()
        # A weight is a number only when the last step has been computed.
        keras.ops.convert_to_numpy(self.model.trainable_variables[-1])
        self._times.append(time.perf_counter())
