"""A finished run as a function from a slice and a point to a grade. Uses ONNX Runtime, and the crop function of training."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from lsdc.config import InputKind, TrainingConfig
from lsdc.dataset.dicom import DicomSlice
from lsdc.dataset.geometry import PixelPoint, Plane
from lsdc.errors import ConfigError, ExportError
from lsdc.labels import Condition, Level, Sequence, Severity, Side, Target
from lsdc.preprocessing.crops import extract_crop, point_fractions
from lsdc.runs import RunFolder

PLANE_OF_SEQUENCE = {
    Sequence.AXIAL_T2: Plane.AXIAL,
    Sequence.SAGITTAL_T1: Plane.SAGITTAL,
    Sequence.SAGITTAL_T2: Plane.SAGITTAL,
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Grade:
    """An answer.

    Args:
        severity: The most probable grade.
        probabilities: Of each grade; they sum to 1.
        crop: What the network saw, uint8 (px, px).
        warnings: Why the answer may not hold, in sentences.
        milliseconds: Time for crop and network.
    """

    severity: Severity
    probabilities: dict[Severity, float]
    crop: NDArray[np.uint8]
    warnings: tuple[str, ...]
    milliseconds: float


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
        self._synthetic = bool(run.data["synthetic"])
        self._session = _open_session(run)

    def grade(self, image: DicomSlice, point: PixelPoint, *, condition: Condition, level: Level, side: Side) -> Grade:
        """Grade one point of one slice.

        Raises:
            ConfigError: If the run did not learn this condition, side or level.
            PointOutsideImageError: If the point is not on the image.
            UnsupportedImageError: If the run cuts crops in mm and the image has no pixel spacing.
        """
        self._refuse_unlearned(Target(condition, side), level)
        began = time.perf_counter()
        crop_config = self.config.crop
        mirror = crop_config.mirror_right and side is Side.RIGHT
        crop = extract_crop(image, point, crop_config, mirror=mirror)
        x_fraction, y_fraction = point_fractions(image, point, mirror=mirror)
        probabilities = self._run_network(crop, x_fraction, y_fraction)
        milliseconds = (time.perf_counter() - began) * 1000
        return Grade(
            severity=list(Severity)[int(np.argmax(probabilities))],
            probabilities={severity: float(probabilities[severity.rank]) for severity in Severity},
            crop=crop,
            warnings=tuple(self._doubts(image, condition)),
            milliseconds=milliseconds,
        )

    def _run_network(self, crop: NDArray[np.uint8], x_fraction: float, y_fraction: float) -> NDArray[np.float32]:
        image = crop[None, :, :, None].astype(np.float32) / np.float32(255)
        coords = np.array([[x_fraction, y_fraction]], np.float32)
        (probabilities,) = self._session.run(["probabilities"], {"image": image, "coords": coords})
        answer: NDArray[np.float32] = np.asarray(probabilities)[0]
        return answer

    def _refuse_unlearned(self, target: Target, level: Level) -> None:
        if target not in self.config.targets or level not in self.config.levels:
            learned = ", ".join(known.title for known in self.config.targets)
            levels = ", ".join(self.config.levels)
            raise ConfigError(
                f"Run {self.run_id} did not learn {target.title} at {level}.",
                f"It learned {learned} at {levels}.",
                "Choose one of these, or another run.",
            )

    def _doubts(self, image: DicomSlice, condition: Condition) -> list[str]:
        doubts = []
        expected = PLANE_OF_SEQUENCE[condition.sequence]
        if image.plane is None:
            doubts.append(f"The image does not say how it lies in the patient; the run learned from {expected} slices.")
        elif image.plane.plane is not expected:
            doubts.append(f"This is a {image.plane.plane} slice; the run learned from {expected} ones.")
        if self._synthetic and not image.synthetic:
            doubts.append("The run learned from SYNTHETIC phantoms; its answer on a patient's image means nothing.")
        if not self._synthetic and image.synthetic:
            doubts.append("The image is a SYNTHETIC phantom; the run learned from patients' images.")
        if self.config.input_kind is InputKind.WHOLE and image.spacing_mm is None:
            doubts.append("The image does not say its pixel spacing, so its physical size is unknown.")
        return doubts


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
