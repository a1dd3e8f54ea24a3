"""The pixels of a parsed file: checked against the header, decoded, rescaled, and turned so that bright is high."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from pydicom import Dataset
from pydicom.encaps import generate_frames
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_modality_lut
from pydicom.uid import UID, RLELossless

from lsdc.dataset.codestream import declared_size
from lsdc.dataset.dicom_header import ImageShape
from lsdc.dataset.dicom_parsing import no_image, text
from lsdc.errors import UnreadablePixelsError, UnsupportedImageError

# Far beyond any scanner's values, and far from where differences overflow in float32.
LARGEST_VALUE = 1e30


def decode_frames(dataset: Dataset, shape: ImageShape, headers: Sequence[Dataset]) -> list[np.ndarray]:
    """Decode, rescale and turn the pixels so that bright is high.

    Args:
        dataset: A parsed file.
        shape: As its header says.
        headers: Of its frames, as `frame_headers` gives them.

    Returns:
        For each frame (rows, cols), in the modality's values: whole numbers as they are stored if the header rescales
        nothing, else float32.

    Raises:
        NoPixelsError: If there are none.
        UnsupportedImageError: If they are floating-point numbers.
        UnreadablePixelsError: If they cannot be decoded, or are not what the header says.
    """
    syntax = _checked_pixel_data(dataset, shape)
    inverted = is_inverted(dataset)
    with _decoder_errors_explained():
        stored, _ = get_decoder(syntax).as_array(dataset, allow_excess_frames=False)  # type: ignore[arg-type] # pydicom annotates each option as all of them
        if stored.shape[-2:] != (shape.rows, shape.cols):
            raise ValueError("The decoder made another shape than the header says.")
        frames = stored.reshape(shape.frames, shape.rows, shape.cols)
        values = [apply_modality_lut(frame, header) for frame, header in zip(frames, headers, strict=True)]
    return [_turned(frame, inverted=inverted) for frame in values]


def is_inverted(dataset: Dataset) -> bool:
    """Whether the lowest value is shown white (PS3.3 C.7.6.3.1.2), so that the pixels are turned."""
    return text(dataset, "PhotometricInterpretation") == "MONOCHROME1"


def _turned(values: np.ndarray, *, inverted: bool) -> np.ndarray:
    low, high = values.min(), values.max()
    if not (low >= -LARGEST_VALUE and high <= LARGEST_VALUE):  # not a number fails too
        raise UnreadablePixelsError(
            "The rescaled pixels are no finite numbers.",
            "Expected a sensible RescaleSlope and RescaleIntercept.",
            "Export the image again.",
        )
    if inverted:
        # After rescaling, since a slope may be negative.
        return float(low) + float(high) - values.astype(np.float32)
    return values if np.issubdtype(values.dtype, np.integer) else values.astype(np.float32)


def _checked_pixel_data(dataset: Dataset, shape: ImageShape) -> UID:
    """How the pixels are written; refused if their decoding would fail, or make something else than the header says."""
    if "FloatPixelData" in dataset or "DoubleFloatPixelData" in dataset:
        raise UnsupportedImageError(
            "The pixels are floating-point numbers, as in computed maps.",
            "Expected a grey-scale slice of whole numbers.",
            "Choose the original slice of the scanner.",
        )
    if "PixelData" not in dataset:
        raise no_image()
    syntax = _transfer_syntax(dataset)
    if not syntax.is_encapsulated or syntax == RLELossless:  # no codestream; the decoder checks the length
        return syntax
    # Each frame is one fragment where this table stands (PS3.3 C.7.6.3.1.8), so that nothing is lost without it; with
    # it, frames could be decoded that were not looked at here.
    dataset.pop("ExtendedOffsetTable", None)
    with _decoder_errors_explained():
        sizes = {declared_size(frame) for frame in generate_frames(dataset.PixelData, number_of_frames=shape.frames)}
    if sizes != {(shape.rows, shape.cols, 1)}:
        raise UnreadablePixelsError(
            "The compressed pixels do not say the size that the header says.",
            f"Expected {shape.rows} × {shape.cols} grey pixels.",
            "Export the image again.",
        )
    return syntax


def _transfer_syntax(dataset: Dataset) -> UID:
    """The way the pixels are written, if there is a decoder for it."""
    syntax = dataset.file_meta.get("TransferSyntaxUID")
    try:
        decodable = syntax is not None and get_decoder(syntax).is_available
    except NotImplementedError:
        decodable = False
    if syntax is None or not decodable:
        raise UnreadablePixelsError(
            "The pixels are written in a transfer syntax that cannot be read.",
            "Expected uncompressed, RLE, JPEG, JPEG-LS or JPEG 2000 pixels; videos are not read.",
            "Export the image uncompressed (Explicit VR Little Endian).",
        )
    return UID(syntax)


@contextmanager
def _decoder_errors_explained() -> Iterator[None]:
    try:
        yield
    except (MemoryError, KeyboardInterrupt, SystemExit):  # not the file's fault
        raise
    except BaseException:  # noqa: BLE001 - corrupt bytes may raise anything, and a decoder in Rust what is no Exception
        raise UnreadablePixelsError(
            "The pixels cannot be decoded: they are cut off, corrupt, or compressed in an uncommon way.",
            "Expected as many pixels as the header says.",
            "Copy the file again, or export the image uncompressed (Explicit VR Little Endian).",
        ) from None
