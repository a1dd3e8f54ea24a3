"""A whole data set, graded point by point into a folder: cut off at any instant, it goes on where it was."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from lsdc.dataset.dicom import read_slice
from lsdc.dataset.geometry import PixelPoint
from lsdc.dataset.series import SeriesStack
from lsdc.errors import ConfigError, LsdcError, MissingFileError
from lsdc.evaluation.calibration_file import read_calibration
from lsdc.evaluation.confidence import threshold_for
from lsdc.files import read_json, write_json
from lsdc.json_lines import JsonLines, Row
from lsdc.labels import TARGETS, Level, Severity, Target
from lsdc.prediction.finding import CANNOT_TELL
from lsdc.prediction.grader import Grader, load_grader
from lsdc.runs import RunFolder

IDENTITY_FILE, ANSWERS_FILE = "batch.json", "answers.jsonl"
# Of one series, which are read for several points.
SLICES_KEPT = 64

ReportProgress = Callable[[int, int], None]
_TARGET_OF_TITLE = {target.title: target for target in TARGETS}


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """Points to grade, and the folder that their answers go to.

    Args:
        runs: Each point is graded by the first of them that learned its condition, side and level.
        points: As `read_points_file` gives them.
        images: The folder that holds `<study>/<series>/<instance>.dcm`.
        out: Gets the answers.
        coverage: How many points each run answers, the surest, by its own scored rows: from 0 to 1. Of the others it
            cannot tell. The folder may be read again with another one.
    """

    runs: Sequence[RunFolder]
    points: pd.DataFrame
    images: Path
    out: Path
    coverage: float = 1.0

    def grade(self, report: ReportProgress) -> pd.DataFrame:
        """Grade the points that have no answer yet.

        Args:
            report: Called with the points that are done, and all of them.

        Returns:
            The points, and of each `run`, `answer` (the grade, or that the run cannot tell), `severity`, `p_normal_mild`, `p_moderate`, `p_severe`, `slices`, `real_slices`,
            `warnings`, and `reason`: why it has no grade; empty where it has one.

        Raises:
            ConfigError: If the folder holds the answers to other points, on other images, or of other runs.
            ExportError: If a run has no exported network.
            CorruptRunError: If a run does not say how sure it must be.
        """
        least = self._least_probabilities()
        self._claim_folder()
        answers = {row["point"]: row for row in self._lines.rows()}
        # What could not be graded is tried again: a file may have come since.
        open_points = self.points[[not answers.get(place, {}).get("severity") for place in self.points.index]]
        done = len(self.points) - len(open_points)
        report(done, len(self.points))
        for _, of_study in open_points.groupby("study_id", sort=False):
            rows = list(self._grade_study(of_study))
            self._lines.add(rows)
            answers |= {row["point"]: row for row in rows}
            done += len(rows)
            report(done, len(self.points))
        table = pd.DataFrame([answers[place] for place in self.points.index], columns=_ANSWER_COLUMNS)
        # Not kept in the folder: it follows from the probabilities.
        unsure = table[_PROBABILITIES].max(axis=1) < table["run"].map(least)
        table.insert(1, "answer", table["severity"].mask(unsure, CANNOT_TELL))
        return pd.concat([self.points.reset_index(drop=True), table], axis=1)

    def _least_probabilities(self) -> dict[str, float]:
        """What the most probable grade of each run must have for an answer."""
        if self.coverage == 1:
            return {run.run_id: 0.0 for run in self.runs}
        return {run.run_id: threshold_for(read_calibration(run), self.coverage).probability for run in self.runs}

    @cached_property
    def _lines(self) -> JsonLines:
        return JsonLines(self.out / ANSWERS_FILE)

    @cached_property
    def _graders(self) -> list[Grader]:
        return [load_grader(run) for run in self.runs]

    def _claim_folder(self) -> None:
        # In their order: the first run that learned a point grades it.
        runs = [[run.run_id, [network.network_sha256() for network in run.networks()]] for run in self.runs]
        points = hashlib.sha256(self.points.to_csv(index=False, lineterminator="\n").encode()).hexdigest()
        identity = {"points_sha256": points, "images": str(self.images.resolve()), "runs": runs}
        path = self.out / IDENTITY_FILE
        if not path.exists():
            write_json(path, identity)
        elif read_json(path) != identity:
            raise ConfigError(
                f"{self.out} holds the answers to other points, on other images, or of other runs.",
                "A folder goes on with the points, the images and the runs, in their order, that it was begun with.",
                "Choose another folder.",
            )

    def _grade_study(self, points: pd.DataFrame) -> Iterator[Row]:
        for (study, series), of_series in points.groupby(["study_id", "series_id"], sort=False):
            folder = self.images / str(study) / str(series)
            try:
                stack = SeriesStack.from_folder(folder)
            except MissingFileError as error:
                yield from ({"point": place, "reason": str(error)} for place in of_series.index)
                continue
            read = lru_cache(maxsize=SLICES_KEPT)(read_slice)
            for place, point in of_series.iterrows():
                yield {"point": place, **self._grade_point(point, stack, read)}

    def _grade_point(self, point: pd.Series, stack: SeriesStack, read: Callable[[Path], Any]) -> Row:
        target, level = _TARGET_OF_TITLE[point["condition"]], Level(point["level"])
        grader = self._grader_of(target, level)
        if grader is None:
            return {"reason": f"None of the runs learned {target.title} at {level}."}
        try:
            grade = grader.grade(
                stack.read_around(point["instance_number"], grader.config.neighbours, read),
                PixelPoint.from_xy(point["x"], point["y"]),
                condition=target.condition,
                level=level,
                side=target.side,
            )
        except LsdcError as error:
            return {"run": grader.run_id, "reason": str(error)}
        shares = {severity.probability_column: share for severity, share in grade.probabilities.items()}
        return {
            "run": grader.run_id,
            "severity": grade.severity.value,
            **shares,
            "slices": grade.num_slices,
            "real_slices": grade.num_real,
            "warnings": " ".join(grade.warnings),
        }

    def _grader_of(self, target: Target, level: Level) -> Grader | None:
        fitting = (
            grader for grader in self._graders if target in grader.config.targets and level in grader.config.levels
        )
        return next(fitting, None)


_PROBABILITIES = [severity.probability_column for severity in Severity]
_ANSWER_COLUMNS = ["run", "severity", *_PROBABILITIES, "slices", "real_slices", "warnings", "reason"]


def images_folder(folder: Path) -> Path:
    """Where a folder keeps its studies: in `train_images` or `test_images`, as the challenge has it, or in itself.

    Raises:
        MissingFileError: If there is no such folder.
    """
    if not folder.is_dir():
        raise MissingFileError(
            f"There is no folder {folder}.", "Expected <study>/<series>/<instance>.dcm in it.", "Check the path."
        )
    named = (folder / name for name in ("train_images", "test_images"))
    return next((path for path in named if path.is_dir()), folder)
