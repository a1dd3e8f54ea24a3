"""The exported network of one run: what it is shown of a point, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from lsdc.config import TrainingConfig
from lsdc.dataset.dicom import DicomSlice
from lsdc.dataset.geometry import PixelPoint
from lsdc.errors import ExportError
from lsdc.labels import Condition, Level, Side
from lsdc.preprocessing.crops import Rectangle, extract_stack, point_fractions, shown_part
from lsdc.preprocessing.inputs import network_inputs
from lsdc.runs import RunFolder


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """What a network is shown of one point.

    Args:
        stack: uint8 (slices, px, px).
        mask: bool (slices,), True where a slice is a real one.
        coords: As `point_fractions` gives them.
        part: Of the point's slice, which `stack` shows.
    """

    stack: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    coords: tuple[float, float]
    part: Rectangle

    def covered(self, cover: Rectangle) -> Seen:
        """The same with a part of the slice under each slice's own mean grey, as far as it is shown."""
        px = self.stack.shape[1]
        top, bottom = _pixels(cover.top, cover.height, self.part.top, self.part.height, px)
        left, right = _pixels(cover.left, cover.width, self.part.left, self.part.width, px)
        stack = self.stack.copy()
        stack[:, top:bottom, left:right] = stack.mean(axis=(1, 2), keepdims=True).astype(np.uint8)
        return replace(self, stack=stack)


class Network:
    """A network, loaded once and used for many points; safe to share between threads.

    Raises:
        ExportError: If the run has no exported network, or one that cannot be loaded.
    """

    def __init__(self, run: RunFolder) -> None:
        if not run.onnx_path.is_file():
            raise ExportError(
                f"Run {run.run_id} has no exported network.",
                "A finished run leaves model.onnx in its folder.",
                "Choose another run; the log of this one says why its export failed.",
            )
        self.run = run
        self.config: TrainingConfig = run.config
        self._session = _open_session(run)

    def mirrors(self, side: Side) -> bool:
        """Whether points of a side are shown as if they lay on the other one."""
        return self.config.crop.mirror_right and side is Side.RIGHT

    def look(self, slices: Sequence[DicomSlice | None], point: PixelPoint, *, side: Side) -> Seen:
        """Cut what the network is shown of a point.

        Args:
            slices: As for `Grader.grade`; may be more than the network looks at.
            point: On the middle slice.
            side: The patient's side.

        Raises:
            PointOutsideImageError: If the point is not on the image.
            UnsupportedImageError: If the run cuts crops in mm and the image has no pixel spacing.
        """
        crop, mirror, middle = self.config.crop, self.mirrors(side), len(slices) // 2
        stack, mask = extract_stack(
            slices[middle - crop.neighbours : middle + crop.neighbours + 1], point, crop, mirror=mirror
        )
        own = slices[middle]
        assert own is not None  # `extract_stack` refuses it; said for the type checker
        return Seen(
            stack=stack,
            mask=mask,
            coords=point_fractions(own, point, mirror=mirror),
            part=shown_part(own, point, crop, mirror=mirror),
        )

    def answer(
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

    def blank(self) -> Seen:
        """Something to look at when nothing is asked but how long it takes."""
        crop = self.config.crop
        return Seen(
            stack=np.zeros((crop.num_slices, crop.side_px, crop.side_px), np.uint8),
            mask=np.ones(crop.num_slices, np.bool_),
            coords=(0.0, 0.0),
            part=Rectangle(top=0.0, left=0.0, height=1.0, width=1.0),
        )


def _pixels(start: float, length: float, shown_from: float, shown: float, px: int) -> tuple[int, int]:
    """First and last (exclusive) pixel of a stack that lie within a stretch of the slice."""
    first, last = ((edge - shown_from) / shown * px for edge in (start, start + length))
    return max(round(first), 0), max(round(last), 0)


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
