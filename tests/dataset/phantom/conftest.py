"""One small phantom data set with defects, and studies in memory."""

from __future__ import annotations

import numpy as np
import pytest

from lsdc.dataset.phantom import generate_study, parse_defects, write_phantom


@pytest.fixture(scope="session")
def small_phantom(tmp_path_factory):
    """Eight studies, so that one lacks a sequence; the seed gives every irregularity at least once."""
    folder = tmp_path_factory.mktemp("small") / "phantom"
    write_phantom(folder, studies=8, seed=6, image_px=64, workers=1)
    return folder


@pytest.fixture(scope="session")
def spoilt_phantom(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spoilt") / "phantom"
    write_phantom(folder, studies=10, seed=5, image_px=32, defects=parse_defects("all"), workers=1)
    return folder


@pytest.fixture(scope="session")
def studies():
    """Thirty studies in memory, small."""
    return [generate_study(11, index, image_px=96) for index in range(30)]


@pytest.fixture(scope="session")
def marked_points(studies):
    """Every graded point with its study, its series, its slice, and the brightness around it."""
    rows = []
    for study in studies:
        images = {(s.series_id, i.instance_number): (s, i) for s in study.series for i in s.slices}
        for label in study.labels:
            if label.point and label.severity:
                series, image = images[label.point.series_id, label.point.instance_number]
                rows.append((study, label, series, image, brightness_at(image, label.point.position)))
    return rows


def brightness_at(image, position, radius_mm=4.0):
    """Mean around a point over the 95th percentile of the slice, which takes the scanner's gain out."""
    rows, columns = np.indices(image.pixels.shape)
    near = np.hypot(rows - position.row, columns - position.col) * image.plane.spacing_mm[0] < radius_mm
    return image.pixels[near].mean() / np.percentile(image.pixels, 95)
