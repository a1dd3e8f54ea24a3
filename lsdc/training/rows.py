"""The rows of a run: which crops, in which part of the split, with which label."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lsdc import settings
from lsdc.dataset.reviews import Review, divide_rows
from lsdc.dataset.tables import data_fingerprint, load_label_table, rows_for_training
from lsdc.errors import TrainingError
from lsdc.preprocessing.cache import CropCache, build_crop_cache
from lsdc.preprocessing.inputs import Inputs, network_inputs, unit_image
from lsdc.runs import RunFolder


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows of a run: cached crops, where each belongs, and its label."""

    cache: CropCache
    split: NDArray[np.str_]

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        """Ranks of the severities, int64 (rows,)."""
        return np.asarray(self.cache.index["severity"].cat.codes, np.int64)

    @cached_property
    def groups(self) -> NDArray[np.intp]:
        """A number for each condition, side and level, (rows,): mixup blends within them."""
        keys = self.cache.index[["condition", "side", "level"]]
        return np.asarray(keys.groupby(list(keys.columns), observed=True).ngroup(), np.intp)

    def positions(self, *splits: str) -> NDArray[np.intp]:
        """Positions of the rows of these splits, ascending."""
        return np.flatnonzero(np.isin(self.split, splits))

    def stored_inputs(self, positions: NDArray[np.intp]) -> Inputs:
        """What a training graph takes of some rows: a network's inputs by name, but the image as bytes."""
        words = {name: values[positions] for name, values in self._words.items()}
        return {"image": self.cache.pixels[positions], **words}

    def inputs(self, positions: NDArray[np.intp]) -> Inputs:
        """Inputs of the bare network for some rows, by name."""
        stored = self.stored_inputs(positions)
        return stored | {"image": unit_image(stored["image"])}

    @cached_property
    def _words(self) -> Inputs:
        # All but the images, for all rows at once.
        index = self.cache.index
        nothing = np.empty((0, 0, 0, 0), np.uint8)
        inputs = network_inputs(
            nothing,
            self.cache.mask,
            index[["x_fraction", "y_fraction"]].to_numpy(),
            levels=index["level"],
            sides=index["side"],
            conditions=index["condition"],
        )
        return {name: values for name, values in inputs.items() if name != "image"}


def read_rows(run: RunFolder, report_progress: Callable[[int, int], None]) -> Rows:
    """Read the tables that a run was made for, divide them, and cut their crops.

    Args:
        run: The folder, with its config.
        report_progress: Called with the crops cut and the crops in all.

    Raises:
        TrainingError: If the tables have changed since, or too few images can be read.
    """
    config = run.config
    data_root = Path(run.data["root"])
    table = load_label_table(data_root)
    if data_fingerprint(table, data_root) != run.data["fingerprint"]:
        raise TrainingError(
            f"The tables in {data_root} are not those that this run was made for.",
            "The same labels and points from the start of a run to its end.",
            "Start a new run on the tables as they are now.",
        )
    chosen = rows_for_training(table, config)
    # Its own copy: the file that the config names may have changed since.
    review = Review.read(run.review_path) if config.review_path else None
    held_out = run.trial.held_out if run.trial else None
    split = divide_rows(chosen, config, review, held_out=held_out)
    cache = build_crop_cache(
        chosen,
        data_root,
        config.crop,
        settings.crop_cache_root(),
        cluster=settings.ray_address(),
        report_progress=report_progress,
    )
    for skipped in cache.skipped.itertuples():
        print(f"skipped {skipped.image}: {skipped.reason}", flush=True)  # noqa: T201  # the run's log
    kept = Rows(cache=cache, split=split.loc[cache.index.index].to_numpy(np.str_))
    for part in ("train", "validation"):
        if not len(kept.positions(part)):
            raise TrainingError(
                f"No readable image is left among the {part} rows.",
                "At least one row in each of training and validation.",
                "Look at the skipped files in the log, and repair the data set.",
            )
    return kept
