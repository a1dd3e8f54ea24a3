"""Defects of labelled points: what each kind does to the rows of train_label_coordinates.csv."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lsdc.labels import Condition, Level

POINT_DEFECTS = {
    "swapped_series": "The sides of all points of a series are exchanged.",
    "swapped_sides": "The points of the left and the right side of a level are exchanged.",
    "exchanged_levels": "The points of two neighbouring levels are exchanged.",
    "wrong_level": "A point marks a structure one level off.",
    "far_slice": "A sagittal point is marked on a slice far aside.",
    "point_outside": "A point lies beyond the border of its image.",
    "missing_points": "A grade has no point.",
}
PLACE = ["series_id", "instance_number", "x", "y"]
# Beyond the next slices, and not yet where the partner of the other side lies.
FAR_ASIDE_MM = (18.0, 26.0)
BEYOND_PX = 12

Row = dict[Any, Any]
# What becomes of rows, by their numbers: other values, or None for a row that is lost. A row without other values stays as
# it is, and gets no defect of its own.
Plan = dict[int, Row | None]


def plan_point_defects(
    name: str, rows: Sequence[Row], slices: pd.DataFrame, rng: np.random.Generator
) -> Iterator[Plan | None]:
    """Ways to plant a defect, one for each point in random order; None where a point cannot have it.

    Args:
        name: One of `POINT_DEFECTS`.
        rows: Of train_label_coordinates.csv.
        slices: As `Planter` has them.
        rng: Decides the order.
    """
    number_of = {(row["study_id"], row["condition"], row["level"]): number for number, row in enumerate(rows)}
    of_series = dict(iter(slices.groupby("series_id")))
    for number in rng.permutation(len(rows)).tolist():
        row = rows[number]
        match name:
            case "swapped_series":
                yield _swapped_series(rows, row["series_id"], number_of)
            case "swapped_sides":
                yield _exchanged(rows, number, number_of.get((row["study_id"], _partner(row), row["level"])))
            case "exchanged_levels":
                yield _exchanged(rows, number, _neighbour(row, number_of, rng))
            case "wrong_level":
                neighbour = _neighbour(row, number_of, rng)
                # The neighbour stays: if it came here in turn, the two would be exchanged.
                yield None if neighbour is None else {number: _place(rows[neighbour]), neighbour: {}}
            case "far_slice":
                yield _moved_aside(number, row, of_series[row["series_id"]])
            case "point_outside":
                yield {number: {"x": float(of_series[row["series_id"]]["cols"].max() + BEYOND_PX)}}
            case _:
                yield {number: None}


def _place(row: Row) -> Row:
    return {key: row[key] for key in PLACE}


def _partner(row: Row) -> str:
    """The condition of the other side; none for the canal."""
    side, _, condition = row["condition"].partition(" ")
    other = {"Left": "Right", "Right": "Left"}.get(side)
    return f"{other} {condition}" if other else ""


def _neighbour(row: Row, number_of: dict[tuple[int, str, str], int], rng: np.random.Generator) -> int | None:
    rank = Level(row["level"]).rank + int(rng.choice([-1, 1]))
    if not 0 <= rank < len(Level):
        return None
    return number_of.get((row["study_id"], row["condition"], list(Level)[rank].value))


def _exchanged(rows: Sequence[Row], number: int, partner: int | None) -> Plan | None:
    return None if partner is None else {number: _place(rows[partner]), partner: _place(rows[number])}


def _swapped_series(rows: Sequence[Row], series: int, number_of: dict[tuple[int, str, str], int]) -> Plan | None:
    own = [number for number, row in enumerate(rows) if row["series_id"] == series]
    partners = [number_of.get((rows[n]["study_id"], _partner(rows[n]), rows[n]["level"])) for n in own]
    # Less than two levels are exchanged sides of a level, and no more.
    if len(own) < 4 or None in partners:
        return None
    return {number: _place(rows[partner]) for number, partner in zip(own, partners, strict=True) if partner is not None}


def _moved_aside(number: int, row: Row, series: pd.DataFrame) -> Plan | None:
    if Condition.SUBARTICULAR_STENOSIS.display in row["condition"]:
        return None
    left_mm = series.set_index("instance_number")["left_mm"]
    away_mm = (left_mm - left_mm[row["instance_number"]]).abs()
    there = away_mm[away_mm.between(*FAR_ASIDE_MM)]
    return None if there.empty else {number: {"instance_number": int(there.index[0])}}
