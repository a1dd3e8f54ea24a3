"""Checks on files: missing, unreadable, and two of one picture."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd

from lsdc.dataset.audit.finding import in_words


def points_without_image(points: pd.DataFrame, headers: pd.DataFrame) -> pd.DataFrame:
    """Points whose file is not there."""
    missing = points[~points["image"].isin(headers["image"])]
    return missing.assign(detail=in_words("{} is not there.", missing["image"]))


def points_on_unreadable(points: pd.DataFrame, headers: pd.DataFrame) -> pd.DataFrame:
    """Points whose file cannot be read."""
    return points.merge(_unreadable(headers)[["image", "detail"]], on="image")


def other_unreadable(points: pd.DataFrame, headers: pd.DataFrame) -> pd.DataFrame:
    """Files without points that cannot be read."""
    unreadable = _unreadable(headers)
    return unreadable[~unreadable["image"].isin(points["image"])]


def series_without_images(series: pd.DataFrame, headers: pd.DataFrame) -> pd.DataFrame:
    """Series of the table of which there is no file."""
    keys = ["study_id", "series_id"]
    there = pd.MultiIndex.from_frame(headers[keys])
    absent = series[~pd.MultiIndex.from_frame(series[keys]).isin(there)]
    return absent.assign(detail=in_words("Described as {}.", absent["series_description"]))


def same_pixels(data_root: Path, headers: pd.DataFrame) -> pd.DataFrame:
    """Files that hold the pixels of another one, that one too.

    Only files with equally many bytes of pixels and an equal sample of them are read in full.
    """
    readable = headers[headers["pixel_sum"].notna()]
    alike = readable[readable.duplicated(["pixel_bytes", "pixel_sum", "rows", "cols"], keep=False)]
    files = zip(alike["image"].tolist(), alike["pixel_bytes"].tolist(), strict=True)
    digests = [_pixel_digest(data_root / image, pixel_bytes) for image, pixel_bytes in files]
    hashed = alike.assign(digest=pd.Series(digests, index=alike.index, dtype="str")).sort_values("image")
    same = hashed[hashed.duplicated("digest", keep=False)]
    # Each names the next of its group, the last one the first.
    partner = same.groupby("digest")["image"].transform(lambda images: [*images[1:], *images[:1]])
    return same.assign(detail=in_words("The pixels are those of {} too.", partner))


def _unreadable(headers: pd.DataFrame) -> pd.DataFrame:
    unreadable = headers[headers["error"].notna()]
    return unreadable.assign(detail=unreadable["error"])


def _pixel_digest(path: Path, pixel_bytes: int) -> str:
    with path.open("rb") as file:
        file.seek(-pixel_bytes, 2)
        return hashlib.file_digest(file, "sha256").hexdigest()
