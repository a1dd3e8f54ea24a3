"""From the crop cache to batches, in an order and with changes that depend on (seed, epoch, step) alone."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from lsdc.config import TrainingConfig
from lsdc.labels import Severity
from lsdc.preprocessing.inputs import seen_mask
from lsdc.training.draws import draw_augmentation, no_augmentation
from lsdc.training.rows import Rows

Batch = tuple[dict[str, Any], NDArray[np.float32]]

_ONE_HOT = np.eye(len(Severity), dtype=np.float32)


class Batches(keras.utils.PyDataset):
    """Batches of some rows for a training graph, without work per row: arrays are sliced, and draws are arrays.

    Args:
        rows: All rows of the run.
        positions: Which of them.
        config: Batch size, seed and augmentation.
        names: The inputs that the graph takes.
        training: Whether rows are shuffled and changes drawn.
    """

    def __init__(
        self,
        rows: Rows,
        positions: NDArray[np.intp],
        config: TrainingConfig,
        names: Sequence[str],
        *,
        training: bool,
    ) -> None:
        super().__init__()
        self._rows, self._positions, self._config = rows, positions, config
        self._names, self._training = names, training
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="batches")
        self.begin_epoch(0)

    @property
    def num_batches(self) -> int:
        """Steps in one epoch; the last may be smaller."""
        return -(-len(self._positions) // self._config.batch_size)

    def begin_epoch(self, epoch: int) -> None:
        """Draw the order of an epoch, counted from 0 over the whole run; Keras itself does not tell which one it is."""
        self._epoch = epoch
        self._ahead: dict[int, Future[Batch]] = {}
        self._order = self._positions
        if self._training:
            self._order = np.random.default_rng([self._config.seed, epoch]).permutation(self._positions)

    def __getitem__(self, step: int) -> Batch:
        """The batch of a step; the next one is read meanwhile, so that it is there before the step is over."""
        batch = self._ahead.get(step) or self._reader.submit(self._read, step)
        following = step + 1
        self._ahead = {following: self._reader.submit(self._read, following)} if following < self.num_batches else {}
        return batch.result()

    def _read(self, step: int) -> Batch:
        size = self._config.batch_size
        # Ascending positions read a memory-mapped file forwards; the order within a batch does not matter.
        positions = np.sort(self._order[step * size : (step + 1) * size])
        if self._training:
            draws = draw_augmentation(self._config, self._rows.groups[positions], epoch=self._epoch, step=step)
        else:
            draws = no_augmentation(self._config, len(positions))
        inputs = self._rows.stored_inputs(positions) | draws
        inputs["mask"] = seen_mask(inputs["mask"], draws["reach"])
        labels = _ONE_HOT[self._rows.labels[positions]]
        share = draws["share"][:, None]
        blended = share * labels + (1 - share) * labels[draws["partner"]]
        return {name: inputs[name] for name in self._names}, np.asarray(blended, np.float32)
