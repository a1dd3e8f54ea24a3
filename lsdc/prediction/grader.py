"""A finished run as a function from slices and a point to a grade. Uses ONNX Runtime, and the crop function of training."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from lsdc.config import TrainingConfig
from lsdc.dataset.dicom import DicomSlice
from lsdc.dataset.geometry import PixelPoint
from lsdc.errors import ConfigError, ExportError
from lsdc.labels import Condition, Level, Severity, Side, Target
from lsdc.prediction.doubts import doubts
from lsdc.preprocessing.crops import extract_stack, point_fractions, reverses_order
from lsdc.preprocessing.inputs import network_inputs
from lsdc.runs import RunFolder

TIMED_RUNS = 9

ReportProgress = Callable[[int, int], None]

# Enough to keep the cores busy, and few enough that progress is seen with a slow network.
VIEWS_AT_ONCE = 16


@dataclass(frozen=True, kw_only=True, eq=False)
class Grade:
    """An answer.

    The slices of `stack` are in the order that the network takes: as they were given, but reversed where a right-sided
    point of a sagittal series was mirrored. The point's own is always the middle one.

    Args:
        severity: The most probable grade.
        probabilities: Of each grade; they sum to 1.
        stack: What the network saw, uint8 (slices, px, px).
        real: Which slices of `stack` are real ones; the others repeat the next one towards the middle.
        attention: The weight of each slice of `stack`, summing to 1; None if the network does not weigh its slices.
        reversed_order: Whether `stack` runs against the order in which the slices were given.
        warnings: Why the answer may not hold, in sentences.
        milliseconds: Time for crops and network.
    """

    severity: Severity
    probabilities: dict[Severity, float]
    stack: NDArray[np.uint8]
    real: tuple[bool, ...]
    attention: tuple[float, ...] | None
    reversed_order: bool
    warnings: tuple[str, ...]
    milliseconds: float

    @property
    def num_slices(self) -> int:
        """Slices that the network looks at."""
        return len(self.real)

    @property
    def num_real(self) -> int:
        """How many of them there were."""
        return sum(self.real)

    @property
    def given_order(self) -> list[int]:
        """The places in `stack` of the slices as they were given: from the patient's right, or from the feet."""
        places = list(range(self.num_slices))
        return places[::-1] if self.reversed_order else places


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """What a network is shown of one point.

    Args:
        stack: uint8 (slices, px, px).
        mask: bool (slices,), True where a slice is a real one.
        coords: As `point_fractions` gives them.
    """

    stack: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    coords: tuple[float, float]


class Grader:
    """The network of one run, loaded once and used for many points; safe to share between threads.

    Raises:
        ExportError: If the run has no exported network.
    """

    def __init__(self, run: RunFolder) -> None:
        if not run.can_predict:
            raise ExportError(
                f"Run {run.run_id} has no exported network.",
                "A finished run leaves model.onnx in its folder.",
                "Choose another run; the log of this one says why its export failed.",
            )
        self.run_id = run.run_id
        self.config: TrainingConfig = run.config
        self._run = run
        self._session = _open_session(run)

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
        seen = self.look(slices, point, side=side)
        answer = self._run_network([seen], condition=condition, level=level, side=side)
        milliseconds = (time.perf_counter() - began) * 1000
        (probabilities,), attention = answer["probabilities"], answer.get("attention")
        own = self._own(slices)
        return Grade(
            severity=list(Severity)[int(np.argmax(probabilities))],
            probabilities={severity: float(probabilities[severity.rank]) for severity in Severity},
            stack=seen.stack,
            real=tuple(seen.mask.tolist()),
            attention=None if attention is None else tuple(attention[0].tolist()),
            reversed_order=reverses_order(own, mirror=self._mirrors(side)),
            warnings=tuple(doubts(self._run, own, point, condition=condition, side=side)),
            milliseconds=milliseconds,
        )

    def network_milliseconds(self) -> float:
        """How long the network alone takes for one point on this machine: the median of some blank ones."""
        crop, target = self.config.crop, self.config.targets[0]
        blank = Seen(
            stack=np.zeros((crop.num_slices, crop.side_px, crop.side_px), np.uint8),
            mask=np.ones(crop.num_slices, np.bool_),
            coords=(0.0, 0.0),
        )
        times = []
        for _ in range(TIMED_RUNS):
            began = time.perf_counter()
            self._run_network([blank], condition=target.condition, level=self.config.levels[0], side=target.side)
            times.append(time.perf_counter() - began)
        return statistics.median(times) * 1000

    def look(self, slices: Sequence[DicomSlice | None], point: PixelPoint, *, side: Side) -> Seen:
        """Cut what the network is shown of a point. Arguments and errors as `grade`."""
        mirror = self._mirrors(side)
        stack, mask = extract_stack(slices, point, self.config.crop, mirror=mirror)
        return Seen(stack=stack, mask=mask, coords=point_fractions(self._own(slices), point, mirror=mirror))

    def probabilities(
        self,
        views: Sequence[Seen],
        *,
        condition: Condition,
        level: Level,
        side: Side,
        report: ReportProgress | None = None,
    ) -> NDArray[np.float64]:
        """Grade many views of one place.

        Args:
            views: What the network is shown, one after the other.
            condition: Of all of them.
            level: Of all of them.
            side: Of all of them.
            report: Called now and then with the views that are graded, and with all of them.

        Returns:
            float64 (views, 3).
        """
        parts = []
        for start in range(0, len(views), VIEWS_AT_ONCE):
            answer = self._run_network(
                views[start : start + VIEWS_AT_ONCE], condition=condition, level=level, side=side
            )
            parts.append(answer["probabilities"])
            if report:
                report(min(start + VIEWS_AT_ONCE, len(views)), len(views))
        return np.concatenate(parts).astype(np.float64)

    def _run_network(
        self, seen: Sequence[Seen], *, condition: Condition, level: Level, side: Side
    ) -> dict[str, NDArray[np.float32]]:
        """The outputs of the network by name, with a row for each view."""
        count = len(seen)
        inputs = network_inputs(
            np.stack([view.stack for view in seen]),
            np.stack([view.mask for view in seen]),
            np.array([view.coords for view in seen]),
            levels=[level] * count,
            sides=[side] * count,
            conditions=[condition] * count,
        )
        taken = {tensor.name: inputs[tensor.name] for tensor in self._session.get_inputs()}
        names = [tensor.name for tensor in self._session.get_outputs()]
        return dict(zip(names, map(np.asarray, self._session.run(names, taken)), strict=True))

    def _mirrors(self, side: Side) -> bool:
        return self.config.crop.mirror_right and side is Side.RIGHT

    def _own(self, slices: Sequence[DicomSlice | None]) -> DicomSlice:
        own = slices[self.config.neighbours]
        assert own is not None  # `extract_stack` refuses it; said for the type checker
        return own

    def _refuse_unlearned(self, target: Target, level: Level) -> None:
        if target not in self.config.targets or level not in self.config.levels:
            learned = ", ".join(known.title for known in self.config.targets)
            levels = ", ".join(self.config.levels)
            raise ConfigError(
                f"Run {self.run_id} did not learn {target.title} at {level}.",
                f"It learned {learned} at {levels}.",
                "Choose one of these, or another run.",
            )


def _open_session(run: RunFolder) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only; they come as exceptions as well
    try:
        return onnxruntime.InferenceSession(
            run.onnx_path.read_bytes(), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:
        # ONNX Runtime has no error class of its own that is public; whatever it raises, the file is at fault.
        raise ExportError(
            f"The exported network of run {run.run_id} cannot be loaded: {type(error).__name__}.",
            "The model.onnx that the training wrote.",
            "Put the file back from a copy, or repeat the run.",
        ) from error


def load_grader(run: RunFolder) -> Grader:
    """The grader of a run. Errors as `Grader`."""
    return Grader(run)
