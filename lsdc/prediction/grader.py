"""A finished run as a function from slices and a point to a grade: by its own network, or by those of its members.

Uses ONNX Runtime, and the crop function of training.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lsdc.config import TrainingConfig
from lsdc.dataset.dicom import DicomSlice
from lsdc.dataset.geometry import PixelPoint
from lsdc.errors import ConfigError, EnsembleError
from lsdc.labels import Condition, Level, Severity, Side, Target
from lsdc.prediction.doubts import doubts
from lsdc.prediction.grade import Grade
from lsdc.prediction.neighbours import Nearest, load_cases
from lsdc.prediction.network import Network, Seen
from lsdc.preprocessing.crops import Rectangle, reverses_order
from lsdc.runs import RunFolder

TIMED_RUNS = 9

ReportProgress = Callable[[int, int], None]

# Enough to keep the cores busy, and few enough that progress is seen with a slow network.
VIEWS_AT_ONCE = 16


@dataclass(frozen=True, kw_only=True, eq=False)
class View:
    """What a grader is shown of one point: of an ensemble each network has its own crop of it."""

    by_network: tuple[Seen, ...]

    @property
    def first(self) -> Seen:
        """What the first network is shown, which is what pages show."""
        return self.by_network[0]

    def covered(self, cover: Rectangle) -> View:
        """The same with a part of the slice covered, wherever it is in each crop."""
        return View(by_network=tuple(seen.covered(cover) for seen in self.by_network))


class Grader:
    """A run's networks, loaded once and used for many points; safe to share between threads. Of several, the mean counts.

    Raises:
        ExportError: If a network is missing or cannot be loaded.
        EnsembleError: If a member is missing, or has another network than when the ensemble was made.
        CorruptRunError: If what it made of its training cases cannot be read.
    """

    def __init__(self, run: RunFolder) -> None:
        self.run_id = run.run_id
        self.config: TrainingConfig = run.config
        if run.is_ensemble:
            _check_members(run)
        self._networks = [Network(of) for of in run.networks()]
        self._cases = load_cases(run)

    def grade(
        self, slices: Sequence[DicomSlice | None], point: PixelPoint, *, condition: Condition, level: Level, side: Side
    ) -> Grade:
        """Grade one point of one slice.

        Args:
            slices: `config.crop.num_slices` slices as `SeriesStack.read_around` and `neighbours_among` give them: from the
                patient's right to the left (sagittal) or from the feet to the head (axial), the point's own in the
                middle. None where there is none.
            point: On the middle slice.
            condition: What is graded.
            level: The disc level.
            side: The patient's side.

        Raises:
            ConfigError: If the run did not learn this condition, side or level.
            PointOutsideImageError: If the point is not on the image.
            UnsupportedImageError: If the run cuts crops in mm and the image has no pixel spacing.
        """
        self._refuse_unlearned(Target(condition, side), level)
        began = time.perf_counter()
        view = self.look(slices, point, side=side)
        answers = [
            network.answer([seen], condition=condition, level=level, side=side)
            for network, seen in zip(self._networks, view.by_network, strict=True)
        ]
        milliseconds = (time.perf_counter() - began) * 1000
        opinions = np.stack([answer["probabilities"][0] for answer in answers]).astype(np.float64)
        probabilities = opinions.mean(axis=0)
        first, own = self._networks[0], slices[len(slices) // 2]
        assert own is not None  # `look` refuses it; said for the type checker
        several = len(self._networks) > 1
        attention = None if several else answers[0].get("attention")
        nearest = self._nearest(answers[0].get("embedding"), condition)
        said = [
            doubt
            for network in self._networks
            for doubt in doubts(network.run, own, point, condition=condition, side=side)
        ]
        if nearest and nearest.is_far:
            said.append(nearest.warning)
        return Grade(
            severity=list(Severity)[int(np.argmax(probabilities))],
            probabilities=_by_severity(probabilities),
            by_member={
                network.run.run_id: _by_severity(opinion)
                for network, opinion in zip(self._networks, opinions, strict=True)
                if several
            },
            nearest=nearest,
            stack=view.first.stack,
            real=tuple(view.first.mask.tolist()),
            attention=None if attention is None else tuple(attention[0].tolist()),
            reversed_order=reverses_order(own, mirror=first.mirrors(side)),
            warnings=tuple(dict.fromkeys(said)),
            milliseconds=milliseconds,
        )

    def network_milliseconds(self) -> float:
        """How long the networks alone take for one point on this machine: the median of some blank ones."""
        target = self.config.targets[0]
        blank = View(by_network=tuple(network.blank() for network in self._networks))
        times = []
        for _ in range(TIMED_RUNS):
            began = time.perf_counter()
            self._mean([blank], condition=target.condition, level=self.config.levels[0], side=target.side)
            times.append(time.perf_counter() - began)
        return statistics.median(times) * 1000

    def look(self, slices: Sequence[DicomSlice | None], point: PixelPoint, *, side: Side) -> View:
        """Cut what the networks are shown of a point. Arguments and errors as `grade`."""
        return View(by_network=tuple(network.look(slices, point, side=side) for network in self._networks))

    def probabilities(
        self,
        views: Sequence[View],
        *,
        condition: Condition,
        level: Level,
        side: Side,
        report: ReportProgress | None = None,
    ) -> NDArray[np.float64]:
        """Grade many views of one place.

        Args:
            views: What the networks are shown, one after the other.
            condition: Of all of them.
            level: Of all of them.
            side: Of all of them.
            report: Called now and then with the views that are graded, and with all of them.

        Returns:
            float64 (views, 3).
        """
        parts = []
        for start in range(0, len(views), VIEWS_AT_ONCE):
            parts.append(self._mean(views[start : start + VIEWS_AT_ONCE], condition=condition, level=level, side=side))
            if report:
                report(min(start + VIEWS_AT_ONCE, len(views)), len(views))
        return np.concatenate(parts)

    def _mean(self, views: Sequence[View], *, condition: Condition, level: Level, side: Side) -> NDArray[np.float64]:
        by_network = zip(*(view.by_network for view in views), strict=True)
        opinions = [
            network.answer(seen, condition=condition, level=level, side=side)["probabilities"]
            for network, seen in zip(self._networks, by_network, strict=True)
        ]
        mean: NDArray[np.float64] = np.stack(opinions).astype(np.float64).mean(axis=0)
        return mean

    def _nearest(self, embedding: NDArray[np.float32] | None, condition: Condition) -> Nearest | None:
        if self._cases is None or embedding is None:
            return None
        return self._cases.nearest(embedding[0], condition)

    def _refuse_unlearned(self, target: Target, level: Level) -> None:
        if target not in self.config.targets or level not in self.config.levels:
            learned = ", ".join(known.title for known in self.config.targets)
            levels = ", ".join(self.config.levels)
            raise ConfigError(
                f"Run {self.run_id} did not learn {target.title} at {level}.",
                f"It learned {learned} at {levels}.",
                "Choose one of these, or another run.",
            )


def _check_members(run: RunFolder) -> None:
    for member, folder in zip(run.members(), run.networks(), strict=True):
        if not folder.can_predict:
            raise EnsembleError(
                f"Ensemble {run.run_id} averages run {member.run_id}, whose network is not here.",
                "Its members lie beside it, with their networks.",
                "Bring the member back from the trash or a copy, or make another ensemble.",
            )
        if folder.network_sha256() != member.network_sha256:
            raise EnsembleError(
                f"The network of run {member.run_id} is not the one that ensemble {run.run_id} averaged.",
                "An ensemble is known by the networks that it was made of, and was scored with them.",
                "Put the network back from a copy, or make another ensemble.",
            )


def _by_severity(probabilities: NDArray[np.float64]) -> dict[Severity, float]:
    return {severity: float(probabilities[severity.rank]) for severity in Severity}


def load_grader(run: RunFolder) -> Grader:
    """The grader of a run. Errors as `Grader`."""
    return Grader(run)
