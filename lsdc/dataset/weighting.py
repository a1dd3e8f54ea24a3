"""Whether a slice is T1- or T2-weighted, as far as its header tells."""

from __future__ import annotations

from enum import StrEnum

from lsdc.dataset.dicom import SliceInfo

# Spin echoes of the spine: T1 has a short repetition and a short echo, T2 and STIR a long repetition and a long echo.
# What lies between, such as proton density or FLAIR, is left to the description.
T1_REPETITION_MS, T1_ECHO_MS = 1000.0, 30.0
T2_REPETITION_MS, T2_ECHO_MS = 1500.0, 60.0


class Weighting(StrEnum):
    """What makes tissue bright; STIR counts as T2, as the challenge has it."""

    T1 = "T1"
    T2 = "T2"


def weighting_of(image: SliceInfo) -> Weighting | None:
    """By echo and repetition time, else by the words of the series description; None where neither tells."""
    return _by_times(image) or _by_words(image.series_description)


def _by_times(image: SliceInfo) -> Weighting | None:
    echo, repetition = image.echo_time_ms, image.repetition_time_ms
    if echo is None or repetition is None:
        return None
    if echo < T1_ECHO_MS and repetition < T1_REPETITION_MS:
        return Weighting.T1
    if echo >= T2_ECHO_MS and repetition >= T2_REPETITION_MS:
        return Weighting.T2
    return None


def _by_words(description: str) -> Weighting | None:
    words = description.lower()
    named = {Weighting.T1: "t1" in words, Weighting.T2: "t2" in words or "stir" in words}
    found = [weighting for weighting, said in named.items() if said]
    return found[0] if len(found) == 1 else None
