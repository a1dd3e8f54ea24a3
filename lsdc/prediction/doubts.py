"""Why an answer may not hold: what an image and a point say of themselves, against what a run learned from."""

from __future__ import annotations

from collections.abc import Iterable

from lsdc.config import InputKind
from lsdc.dataset.dicom import DicomSlice
from lsdc.dataset.geometry import PixelPoint, Plane
from lsdc.dataset.linking import Placed
from lsdc.dataset.weighting import Weighting, weighting_of
from lsdc.labels import Condition, Sequence, Side
from lsdc.runs import RunFolder

PLANE_OF_SEQUENCE = {
    Sequence.AXIAL_T2: Plane.AXIAL,
    Sequence.SAGITTAL_T1: Plane.SAGITTAL,
    Sequence.SAGITTAL_T2: Plane.SAGITTAL,
}
WEIGHTING_OF_SEQUENCE = {
    Sequence.AXIAL_T2: Weighting.T2,
    Sequence.SAGITTAL_T1: Weighting.T1,
    Sequence.SAGITTAL_T2: Weighting.T2,
}
# From here on a point of an axial slice lies on one side, wherever exactly the spine stands in the image.
SURE_SIDE_MM = 5.0


def doubts(run: RunFolder, image: DicomSlice, point: PixelPoint, *, condition: Condition, side: Side) -> list[str]:
    """What speaks against a run's answer on a point, in sentences; empty if nothing does.

    Args:
        run: What grades.
        image: The point's slice.
        point: On the image.
        condition: What is graded.
        side: The patient's side that was asked for.
    """
    return [
        *_of_modality(image),
        *_of_plane(image, condition),
        *_of_weighting(image, condition),
        *_of_side(image, point, side),
        *_of_origin(run, image),
    ]


def doubt_of_slice(image: Placed, series: Iterable[Placed], side: Side) -> str:
    """What speaks against the side that was asked for, by where a sagittal slice lies in its series; empty if nothing.

    It is assumed that the series reaches as far to the right as to the left of the spine, which is why a slice counts
    from some distance of the series' middle on.

    Args:
        image: The point's slice.
        series: All slices of its series.
        side: The patient's side that was asked for.
    """
    own = _to_the_left(image)
    places = [place for place in map(_to_the_left, series) if place is not None]
    if own is None or side is Side.MIDLINE or not places:
        return ""
    from_middle_mm = own - (min(places) + max(places)) / 2
    lies = Side.LEFT if from_middle_mm > 0 else Side.RIGHT
    if lies is side or abs(from_middle_mm) < SURE_SIDE_MM:
        return ""
    return (
        f"The slice lies {abs(from_middle_mm):.0f} mm to the patient's {lies} of the middle of its series, and the {side} "
        "was asked for. This holds if the series is centred on the spine."
    )


def _to_the_left(image: Placed) -> float | None:
    """How far to the patient's left the middle of a sagittal slice lies, in mm; None for other slices."""
    if image.plane is None or image.plane.plane is not Plane.SAGITTAL:
        return None
    rows, cols = image.shape
    return float(image.plane.to_patient(PixelPoint(row=(rows - 1) / 2, col=(cols - 1) / 2))[0])


def side_of_point(image: DicomSlice, point: PixelPoint) -> Side | None:
    """The patient's side of a point on an axial slice; None on others, and where it is too near to the middle to tell.

    A slice is centred on the spine only about, so that a point counts from some distance of the image's middle on.
    """
    if image.plane is None or image.plane.plane is not Plane.AXIAL:
        return None
    rows, cols = image.pixels.shape
    middle = PixelPoint(row=(rows - 1) / 2, col=(cols - 1) / 2)
    to_the_left_mm = float((image.plane.to_patient(point) - image.plane.to_patient(middle))[0])
    if abs(to_the_left_mm) < SURE_SIDE_MM:
        return None
    return Side.LEFT if to_the_left_mm > 0 else Side.RIGHT


def _of_modality(image: DicomSlice) -> list[str]:
    if image.modality in ("", "MR"):
        return []
    return [f"The file says that it is no MR image but {image.modality}; the run learned from MR images."]


def _of_plane(image: DicomSlice, condition: Condition) -> list[str]:
    expected = PLANE_OF_SEQUENCE[condition.sequence]
    if image.plane is None:
        return [f"The image does not say how it lies in the patient; the run learned from {expected} slices."]
    if image.plane.plane is not expected:
        return [f"This is a {image.plane.plane} slice; the run learned from {expected} ones."]
    return []


def _of_weighting(image: DicomSlice, condition: Condition) -> list[str]:
    expected, found = WEIGHTING_OF_SEQUENCE[condition.sequence], weighting_of(image)
    if found is None or found is expected:
        return []
    return [f"This is a {found}-weighted slice; the run learned from {expected}-weighted ones."]


def _of_side(image: DicomSlice, point: PixelPoint, side: Side) -> list[str]:
    lies = side_of_point(image, point)
    if lies and side is not Side.MIDLINE and lies is not side:
        return [f"The point lies on the patient's {lies}, and the {side} was asked for."]
    return []


def _of_origin(run: RunFolder, image: DicomSlice) -> list[str]:
    found, synthetic = [], bool(run.data["synthetic"])
    if synthetic and not image.synthetic:
        found.append("The run learned from SYNTHETIC phantoms; its answer on a patient's image means nothing.")
    if not synthetic and image.synthetic:
        found.append("The image is a SYNTHETIC phantom; the run learned from patients' images.")
    if run.config.input_kind is InputKind.WHOLE and image.spacing_mm is None:
        found.append("The image does not say its pixel spacing, so its physical size is unknown.")
    return found
