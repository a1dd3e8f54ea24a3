"""The counted percentiles are those of NumPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsdc.dataset.intensity import percentile_range

whole_numbers = st.lists(st.integers(-40_000, 40_000), min_size=1, max_size=200)
fractions = st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=200)
percentages = st.tuples(st.floats(0, 50), st.floats(50, 100))


@given(whole_numbers.map(lambda values: np.array(values, np.int32)) | fractions.map(np.float32), percentages)
def test_the_percentiles_are_those_of_numpy(values, asked):
    pixels = values.reshape(1, -1)

    assert percentile_range(pixels, asked) == pytest.approx(
        np.percentile(pixels.astype(np.float64), asked), rel=1e-6, abs=1e-3
    )


@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.uint16, np.int16, np.int32, np.float32])
def test_every_kind_of_pixels_is_counted_to_its_ends(kind):
    pixels = np.random.default_rng(0).integers(-128, 256, (150, 130)).clip(*_ends(kind)).astype(kind)
    pixels[0, :4] = _ends(kind) * 2

    assert percentile_range(pixels, (0, 100)) == (float(pixels.min()), float(pixels.max()))
    assert percentile_range(pixels, (1, 99)) == pytest.approx(np.percentile(pixels, (1, 99)))


def _ends(kind):
    return (-1e4, 1e4) if kind is np.float32 else (np.iinfo(kind).min, np.iinfo(kind).max)


@given(whole_numbers)
def test_a_constant_added_to_the_pixels_is_added_to_the_percentiles(values):
    pixels = np.array(values, np.int32).reshape(1, -1)

    low, high = percentile_range(pixels, (1, 99))

    assert percentile_range(pixels + 1000, (1, 99)) == pytest.approx((low + 1000, high + 1000))
