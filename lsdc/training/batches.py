"""From the crop cache to batches, in an order and with views that depend on (seed, epoch, step) alone."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from lsdc.config import TrainingConfig
from lsdc.models.augmentation import draw_transforms, identity_transforms
from lsdc.training.rows import network_image


class Batches(keras.utils.PyDataset):
    """Batches of cached rows for the training graph.

    Args:
        pixels: uint8 (rows, slices, px, px), usually memory-mapped.
        coords: float32 (rows, 2), the points as shares of width and height.
        labels: int (rows,), ranks of the severities.
        rows: Which rows, as positions in the arrays.
        config: Batch size, seed and augmentation.
        first_epoch: The epoch that comes first, 0 unless a run goes on.
        training: Whether rows are shuffled and views drawn.
    """

    def __init__(
        self,
        *,
        pixels: NDArray[np.uint8],
        coords: NDArray[np.float32],
        labels: NDArray[np.int64],
        rows: NDArray[np.intp],
        config: TrainingConfig,
        first_epoch: int = 0,
        training: bool,
    ) -> None:
        super().__init__()
        self._pixels, self._coords, self._labels = pixels, coords, labels
        self._rows, self._config, self._training = rows, config, training
        self._epoch = first_epoch
        self._order = self._draw_order()

    @property
    def num_batches(self) -> int:
        """Steps in one epoch; the last may be smaller."""
        return -(-len(self._rows) // self._config.batch_size)

    def __getitem__(self, step: int) -> tuple[dict[str, Any], NDArray[np.int64]]:
        size = self._config.batch_size
        # Ascending positions read a memory-mapped file forwards; the order within a batch does not matter.
        rows = np.sort(self._order[step * size : (step + 1) * size])
        if self._training:
            transforms = draw_transforms(self._config, len(rows), epoch=self._epoch, step=step)
        else:
            transforms = identity_transforms(len(rows))
        inputs = {"image": network_image(self._pixels[rows]), "coords": self._coords[rows], "transform": transforms}
        return inputs, self._labels[rows]

    def on_epoch_end(self) -> None:
        """Draw the order of the next epoch."""
        self._epoch += 1
        self._order = self._draw_order()

    def _draw_order(self) -> NDArray[np.intp]:
        if not self._training:
            return self._rows
        return np.random.default_rng([self._config.seed, self._epoch]).permutation(self._rows)
