"""The training cases that look most like a point to the network, and how far the point is from all of them.

Distances are Euclidean between embeddings as the network gives them: its last layer weighs their units by what they are
worth to it. Scaled to equal spread, units that hardly vary among training rows would count as much as the others; decision
16 has the figures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lsdc.errors import CorruptRunError
from lsdc.labels import Condition
from lsdc.runs import RunFolder

NEIGHBOURS = 5
# One in a hundred training rows is as far from the others.
FAR_PERCENTILE = 99.0
# So many training rows tell how far rows are from each other; more would not move the percentiles that matter.
MOST_REFERENCES = 2000
ROWS_AT_ONCE = 200
# Closer than this share of the usual distance are only two embeddings of one crop, of which one was stored in float16.
SAME_SHARE = 0.01
_KEYS = ("study_id", "series_id", "instance_number", "condition", "side", "level", "label")


@dataclass(frozen=True, kw_only=True, eq=False)
class Nearest:
    """The nearest training cases of a point.

    Args:
        rows: `NEIGHBOURS` training rows, nearest first: `study_id`, `series_id`, `instance_number`, `condition`, `side`,
            `level`, `label` and `distance`, in which 1 is usual among training cases.
        percentile: The share of training rows, in percent, whose own neighbours, in other studies, are nearer than those
            of this point.
        learned: Whether the nearest is the point itself: the run learned from it.
    """

    rows: pd.DataFrame
    percentile: float
    learned: bool

    @property
    def is_far(self) -> bool:
        """Whether the run has learned from hardly anything like it."""
        return self.percentile >= FAR_PERCENTILE

    @property
    def warning(self) -> str:
        """What to say of a point that is far."""
        return (
            "This place of the image is unlike what the run learned from: "
            f"{self.percentile:.1f} % of its training cases lie nearer to others."
        )


class TrainingCases:
    """The embeddings of a run's training rows; of an ensemble those of its first member.

    Raises:
        CorruptRunError: If they are missing or cannot be read.
    """

    def __init__(self, run: RunFolder) -> None:
        first = run.networks()[0]
        table = first.embeddings()
        names = [f"e{number}" for number in range(len(table.columns) - len(_KEYS))]
        if not {*_KEYS, *names} <= {*table.columns} or not names:
            raise CorruptRunError(
                f"embeddings.parquet of run {first.run_id} is not as this version writes it.",
                "A row for each training case: its place, its label, and its embedding.",
                "Repeat the run, or remove the file: the run grades without it.",
            )
        self._rows = table[list(_KEYS)]
        self._embeddings = table[names].to_numpy(np.float64)
        self._usual = {condition: self._usual_distances(condition) for condition in Condition}

    def nearest(self, embedding: NDArray[np.float32], condition: Condition) -> Nearest | None:
        """The nearest training cases of a point among those of its condition.

        Args:
            embedding: What the network made of it, float32 (units,).
            condition: Of the point.

        Returns:
            None if there are too few training cases to tell.
        """
        among = self._of(condition)
        usual = self._usual[condition]
        if not len(usual):
            return None
        scale = float(np.median(usual))
        distances = _distances(embedding[None].astype(np.float64), self._embeddings[among])[0]
        order = np.argsort(distances, kind="stable")[:NEIGHBOURS]
        rows = self._rows.iloc[among[order]].reset_index(drop=True).assign(distance=distances[order] / scale)
        return Nearest(
            rows=rows,
            percentile=100 * float(np.searchsorted(usual, distances[order[-1]])) / len(usual),
            learned=bool(distances[order[0]] < SAME_SHARE * scale),
        )

    def _of(self, condition: Condition) -> NDArray[np.intp]:
        return np.flatnonzero((self._rows["condition"] == condition).to_numpy())

    def _usual_distances(self, condition: Condition) -> NDArray[np.float64]:
        """The distance of training rows to their last neighbour, ascending.

        Rows of the same study are no neighbours: they show the same patient, and a new patient has none.
        """
        among = self._of(condition)
        if len(among) < NEIGHBOURS:
            return np.empty(0)
        cases, studies = self._embeddings[among], self._rows["study_id"].to_numpy()[among]
        # The same ones on every machine.
        asked = np.random.default_rng(0).permutation(len(among))[:MOST_REFERENCES]
        last = [_to_last_neighbour(cases[some], studies[some], cases, studies) for some in _chunks(asked)]
        usual = np.sort(np.concatenate(last))
        return usual[np.isfinite(usual)]


def load_cases(run: RunFolder) -> TrainingCases | None:
    """The training cases of a run; None for one of an older version, which has kept no embeddings.

    Raises:
        CorruptRunError: If they cannot be read.
    """
    return TrainingCases(run) if run.networks()[0].embeddings_path.is_file() else None


def _chunks(places: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Few enough at a time that their distances to all training rows fit into memory."""
    return np.array_split(places, max(1, len(places) // ROWS_AT_ONCE))


def _to_last_neighbour(
    points: NDArray[np.float64],
    points_studies: NDArray[np.int64],
    cases: NDArray[np.float64],
    cases_studies: NDArray[np.int64],
) -> NDArray[np.float64]:
    """The distance of each point to its last neighbour of another study, (points,); infinite where there are too few."""
    distances = _distances(points, cases)
    distances[points_studies[:, None] == cases_studies[None, :]] = np.inf
    last: NDArray[np.float64] = np.partition(distances, NEIGHBOURS - 1, axis=1)[:, NEIGHBOURS - 1]
    return last


def _distances(points: NDArray[np.float64], cases: NDArray[np.float64]) -> NDArray[np.float64]:
    """Euclidean distances, float64 (points, cases)."""
    squares = (points**2).sum(axis=1)[:, None] + (cases**2).sum(axis=1)[None, :] - 2 * points @ cases.T
    distances: NDArray[np.float64] = np.sqrt(np.maximum(squares, 0.0))
    return distances
