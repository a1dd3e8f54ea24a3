"""Laws of the one crop function."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lsdc.config import InputKind
from lsdc.dataset.geometry import PixelPoint
from lsdc.errors import PointOutsideImageError, UnsupportedImageError
from lsdc.preprocessing.crops import extract_crop, extract_stack, point_fractions

AXIAL = ((1, 0, 0), (0, 1, 0))
# The patient's left on the image's left: the columns grow to the right.
AXIAL_FROM_BEHIND = ((-1, 0, 0), (0, 1, 0))
SAGITTAL = ((0, 1, 0), (0, 0, -1))

# The factories of these tests keep no state between examples.
stateless = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
seeds = st.integers(0, 2**32 - 1)
sides_mm = st.floats(4, 60)
sides_px = st.sampled_from([8, 16, 31, 64])
spacings = st.tuples(st.floats(0.3, 2), st.floats(0.3, 2))


def noise(seed, shape=(40, 50)):
    return np.random.default_rng(seed).normal(size=shape)


def ramp(rows=60, cols=60):
    """Intensity grows by the same amount from column to column."""
    return np.tile(np.arange(cols, dtype=np.float64), (rows, 1))


@stateless
@given(seeds, st.floats(0, 39), st.floats(0, 49), sides_mm, sides_px, spacings)
def test_mirroring_the_slice_mirrors_the_crop(make_slice, crop_config, seed, row, col, side_mm, side_px, spacing_mm):
    """Left and right are labels here, so half a pixel of drift would be a bias."""
    config = crop_config(side_px, side_mm)
    pixels = noise(seed)

    crop = extract_crop(make_slice(pixels, spacing_mm=spacing_mm), PixelPoint(row=row, col=col), config)
    mirrored = extract_crop(
        make_slice(pixels[:, ::-1], spacing_mm=spacing_mm), PixelPoint(row=row, col=49 - col), config
    )

    # The positions are sums of floats in another order: one grey level of rounding, no more.
    np.testing.assert_allclose(mirrored[:, ::-1].astype(int), crop.astype(int), atol=1)


@stateless
@given(seeds, st.integers(0, 39), st.integers(0, 49), sides_px)
def test_a_mirrored_crop_is_the_crop_reversed(make_slice, crop_config, seed, row, col, side_px):
    image, point, config = make_slice(noise(seed)), PixelPoint(row=row, col=col), crop_config(side_px)

    mirrored = extract_crop(image, point, config, mirror=True)

    np.testing.assert_array_equal(mirrored, extract_crop(image, point, config)[:, ::-1])


@stateless
@given(seeds, st.integers(-5, 5), st.integers(-5, 5))
def test_moving_slice_and_point_together_changes_nothing(make_slice, crop_config, seed, down, right):
    pixels = np.zeros((60, 60))
    pixels[20:40, 20:40] = noise(seed, (20, 20)) + 10
    moved = np.roll(pixels, (down, right), (0, 1))
    config = crop_config(24, 18.0)

    crop = extract_crop(make_slice(pixels), PixelPoint(row=30, col=30), config)

    np.testing.assert_array_equal(
        extract_crop(make_slice(moved), PixelPoint(row=30 + down, col=30 + right), config), crop
    )


@stateless
@given(seeds, st.floats(0.1, 1000), st.floats(-1000, 1000))
def test_gain_and_offset_of_the_scanner_do_not_matter(make_slice, crop_config, seed, gain, offset):
    point, config = PixelPoint(row=20, col=25), crop_config()

    crop = extract_crop(make_slice(noise(seed)), point, config)
    other = extract_crop(make_slice(noise(seed) * gain + offset), point, config)

    np.testing.assert_allclose(other.astype(int), crop.astype(int), atol=2)


@stateless
@given(seeds, st.floats(15, 25), st.floats(20, 30), st.sampled_from([8, 16, 40]), st.floats(6, 20))
def test_a_crop_is_the_middle_of_a_larger_one(make_slice, crop_config, seed, row, col, side_px, side_mm):
    """What lies beside the square decides on its border pixels as on any other."""
    image, point = make_slice(noise(seed)), PixelPoint(row=row, col=col)

    crop = extract_crop(image, point, crop_config(side_px, side_mm))
    larger = extract_crop(image, point, crop_config(2 * side_px, 2 * side_mm))

    middle = np.s_[side_px // 2 : side_px // 2 + side_px]
    np.testing.assert_allclose(crop.astype(int), larger[middle, middle].astype(int), atol=1)


@pytest.mark.parametrize(("side_px", "side_mm"), [(80, 20.0), (20, 20.0), (10, 20.0), (9, 30.0)])
def test_a_ramp_stays_a_ramp_of_the_same_physical_slope(make_slice, crop_config, side_px, side_mm):
    spacing_mm = 0.5
    image = make_slice(ramp(120, 120), spacing_mm=(spacing_mm, spacing_mm))
    low, high = image.intensity_range
    point = PixelPoint(row=60, col=60)

    crop = extract_crop(image, point, crop_config(side_px, side_mm))

    offset_mm = ((np.arange(side_px) + 0.5) / side_px - 0.5) * side_mm
    expected = (point.col + offset_mm / spacing_mm - low) / (high - low) * 255
    np.testing.assert_allclose(crop.astype(float), np.tile(expected, (side_px, 1)), atol=1.0)


def test_a_crop_at_the_resolution_of_the_slice_copies_its_pixels(make_slice, crop_config):
    pixels = np.random.default_rng(0).integers(0, 256, (50, 50)).astype(float)
    image = make_slice(pixels)
    low, high = image.intensity_range

    crop = extract_crop(image, PixelPoint(row=25.5, col=20.5), crop_config(10, 10.0))

    expected = np.clip((pixels[21:31, 16:26] - low) / (high - low), 0, 1) * 255
    np.testing.assert_array_equal(crop, np.floor(expected + 0.5))


def test_the_crop_covers_millimetres_not_pixels(make_slice, crop_config):
    """A bar of 20 mm, half of the crop, on pixels that are twice as high as wide."""
    pixels = np.zeros((100, 200))
    pixels[40:60, 80:120] = 1  # 20 rows of 1 mm, 40 columns of 0.5 mm
    image = make_slice(pixels, spacing_mm=(1.0, 0.5))

    crop = extract_crop(image, PixelPoint(row=49.5, col=99.5), crop_config(40, 40.0))

    bright = crop > 127
    assert bright.any(axis=1).sum() == 20
    assert bright.any(axis=0).sum() == 20
    assert bright[10:30, 10:30].all()


def test_shrinking_averages_what_it_leaves_out(make_slice, crop_config):
    """Stripes finer than the crop's pixels become grey; without antialiasing they would alias."""
    stripes = np.tile([0.0, 1.0], (200, 100))

    crop = extract_crop(make_slice(stripes), PixelPoint(row=100, col=100), crop_config(20, 160.0))

    assert 115 <= crop.min() <= crop.max() <= 140


def test_beyond_the_border_there_is_nothing(make_slice, crop_config):
    pixels = ramp(20, 20) + 100

    crop = extract_crop(make_slice(pixels), PixelPoint(row=0, col=19), crop_config(16, 16.0))

    assert (crop[:7] == 0).all()
    assert (crop[:, 9:] == 0).all()
    assert (crop[9:, :7] > 0).all()


@pytest.mark.parametrize("kind", InputKind)
def test_a_constant_slice_is_black(make_slice, crop_config, kind):
    crop = extract_crop(make_slice(np.full((20, 20), 7)), PixelPoint(row=10, col=10), crop_config(kind=kind))

    assert crop.dtype == np.uint8
    assert not crop.any()


def test_the_brightest_and_darkest_hundredth_do_not_stretch_the_rest(make_slice, crop_config):
    pixels = ramp(50, 50)
    pixels[0, :20] = 1e6

    crop = extract_crop(make_slice(pixels), PixelPoint(row=25, col=25), crop_config(32, 32.0))

    assert crop.max() > 200
    assert crop.min() < 60


def test_a_whole_slice_is_resized_to_a_square(make_slice, crop_config):
    pixels = np.zeros((40, 80))
    pixels[:20, 40:] = 1  # the upper right quarter

    crop = extract_crop(make_slice(pixels), PixelPoint(row=1, col=1), crop_config(8, kind=InputKind.WHOLE))

    assert crop.shape == (8, 8)
    assert (crop[:3, 5:] == 255).all()
    assert (crop[5:] == 0).all()
    assert (crop[:, :3] == 0).all()


def test_a_whole_slice_needs_no_spacing(make_slice, crop_config):
    image = make_slice(noise(0), spacing_mm=None)

    assert extract_crop(image, PixelPoint(row=1, col=1), crop_config(kind=InputKind.WHOLE)).any()
    with pytest.raises(UnsupportedImageError, match="how large"):
        extract_crop(image, PixelPoint(row=1, col=1), crop_config())


@pytest.mark.parametrize(("row", "col"), [(-0.01, 5), (5, -1), (39.5, 5), (5, 49.01), (float("nan"), 5)])
def test_a_point_outside_the_image_is_refused(make_slice, crop_config, row, col):
    for ask in (extract_crop, lambda image, point, config: point_fractions(image, point)):
        with pytest.raises(PointOutsideImageError):
            ask(make_slice(noise(0)), PixelPoint(row=row, col=col), crop_config())


def test_the_position_of_a_point_is_a_share_of_width_and_height(make_slice):
    image = make_slice(np.zeros((40, 50)))

    assert point_fractions(image, PixelPoint(row=10, col=20)) == (20 / 50, 10 / 40)
    assert point_fractions(image, PixelPoint(row=10, col=20), mirror=True) == (29 / 50, 10 / 40)


class TestPatientAxis:
    """One marked place, 10 mm to the patient's right, in images that are stored in several ways."""

    @pytest.fixture(params=["from the feet", "from behind", "turned by a quarter"])
    def stored(self, request, make_slice):
        """The marked slice and the point in the middle of the mark's image."""
        pixels = np.zeros((61, 61))
        pixels[27:34, 17:24] = 1  # columns grow to the left: this is to the right
        pixels[10:15, 28:33] = 0.5  # in front
        image, point = {
            "from the feet": (make_slice(pixels), PixelPoint(row=30, col=30)),
            "from behind": (
                make_slice(pixels[:, ::-1], orientation=AXIAL_FROM_BEHIND, position_mm=(60, 0, 0)),
                PixelPoint(row=30, col=30),
            ),
            "turned by a quarter": (
                make_slice(pixels.T, orientation=AXIAL[::-1]),
                PixelPoint(row=30, col=30),
            ),
        }[request.param]
        return request.param, image, point

    def test_a_right_sided_mark_stands_left_in_a_crop_and_right_in_a_mirrored_one(self, stored, crop_config):
        how, image, point = stored
        config = crop_config(61, 61.0)

        crop = extract_crop(image, point, config)
        mirrored = extract_crop(image, point, config, mirror=True)

        axis = 0 if how == "turned by a quarter" else 1
        marks = [np.argwhere(turned == 255).mean(axis=0)[axis] for turned in (crop, mirrored)]
        assert marks == [20, 40]

    def test_the_position_of_the_point_is_turned_as_the_crop_is(self, stored, crop_config):
        _, image, _ = stored
        mark = image.plane.to_pixel(np.array([20.0, 30.0, 0.0]))
        whole = crop_config(61, kind=InputKind.WHOLE)

        for mirror in (False, True):
            crop = extract_crop(image, mark, whole, mirror=mirror)
            x_fraction, y_fraction = point_fractions(image, mark, mirror=mirror)

            assert crop[round(y_fraction * 61), round(x_fraction * 61)] == 255

    def test_on_sagittal_slices_mirroring_reverses_the_slices_and_keeps_each(self, make_slice, crop_config):
        slices = [make_slice(noise(seed), orientation=SAGITTAL, position_mm=(4 * seed, 0, 0)) for seed in range(3)]
        point, config = PixelPoint(row=20, col=25), crop_config(neighbours=1)

        stack, mask = extract_stack([*slices[:2], None], point, config)
        mirrored, mirrored_mask = extract_stack([*slices[:2], None], point, config, mirror=True)

        np.testing.assert_array_equal(mirrored, stack[::-1])
        assert mask.tolist() == [True, True, False]
        assert mirrored_mask.tolist() == [False, True, True]
        assert point_fractions(slices[1], point, mirror=True) == point_fractions(slices[1], point)

    def test_on_axial_slices_mirroring_keeps_the_order_and_mirrors_each(self, make_slice, crop_config):
        slices = [make_slice(noise(seed), position_mm=(0, 0, 4 * seed)) for seed in range(3)]
        point, config = PixelPoint(row=20, col=25), crop_config(neighbours=1)

        stack, _ = extract_stack(slices, point, config)
        mirrored, _ = extract_stack(slices, point, config, mirror=True)

        np.testing.assert_array_equal(mirrored, stack[:, :, ::-1])

    def test_without_orientation_nothing_can_be_mirrored(self, make_slice, crop_config):
        image = make_slice(noise(0), orientation=None)

        with pytest.raises(UnsupportedImageError, match="mirrored"):
            extract_crop(image, PixelPoint(row=1, col=1), crop_config(), mirror=True)


def test_the_middle_of_a_stack_is_the_crop(make_slice, crop_config):
    slices = [make_slice(noise(seed)) for seed in range(3)]
    point = PixelPoint(row=20, col=25)

    stack, mask = extract_stack(slices, point, crop_config(neighbours=1))

    assert mask.all()
    np.testing.assert_array_equal(stack[1], extract_crop(slices[1], point, crop_config()))


def test_missing_slices_repeat_the_next_one_towards_the_middle(make_slice, crop_config):
    slices = [None, make_slice(noise(1)), make_slice(noise(2)), None, None]

    stack, mask = extract_stack(slices, PixelPoint(row=20, col=25), crop_config(neighbours=2))

    assert mask.tolist() == [False, True, True, False, False]
    np.testing.assert_array_equal(stack[0], stack[1])
    np.testing.assert_array_equal(stack[3], stack[2])
    np.testing.assert_array_equal(stack[4], stack[2])
    assert (stack[1] != stack[2]).any()


def test_neighbours_are_cut_at_the_same_place_in_the_patient(make_slice, crop_config):
    """The neighbour has a finer grid that starts elsewhere."""
    coarse = np.zeros((40, 40))
    coarse[18:23, 18:23] = 1
    fine = np.zeros((100, 100))
    fine[36:46, 16:26] = 1  # the same square: half the spacing, 10 mm further to the left
    own = make_slice(coarse)
    neighbour = make_slice(fine, spacing_mm=(0.5, 0.5), position_mm=(9.75, -0.25, 4))

    stack, _ = extract_stack([own, own, neighbour], PixelPoint(row=20, col=20), crop_config(20, 20.0, neighbours=1))

    centres = [np.argwhere(crop > 127).mean(axis=0) for crop in stack]
    np.testing.assert_allclose(centres[2], centres[1], atol=0.51)


def test_a_stack_of_another_length_is_a_mistake_of_the_caller(make_slice, crop_config):
    with pytest.raises(ValueError, match="3 slices"):
        extract_stack([make_slice(noise(0))] * 2, PixelPoint(row=1, col=1), crop_config(neighbours=1))
