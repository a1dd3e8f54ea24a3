"""What is drawn at random in training. Without Keras."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lsdc.config import InputKind, preset
from lsdc.training.draws import draw_augmentation

ONE_GROUP = np.zeros(8, np.intp)


@given(st.integers(0, 1000), st.integers(0, 50), st.integers(0, 50))
def test_draws_depend_on_seed_epoch_and_step_alone(seed, epoch, step):
    config = preset("recommended").changed(mixup=0.5)

    def draw(seed, epoch, step):
        return draw_augmentation(config.changed(seed=seed), ONE_GROUP, epoch=epoch, step=step)

    first = draw(seed, epoch, step)

    for name, values in draw(seed, epoch, step).items():
        np.testing.assert_array_equal(values, first[name])
    for other in (draw(seed + 1, epoch, step), draw(seed, epoch + 1, step), draw(seed, epoch, step + 1)):
        assert not np.array_equal(other["transform"], first["transform"])


def test_the_points_jitter_is_in_millimetres_and_moves_crops_only(unaugmented):
    config = unaugmented.changed(image_px=50, crop_mm=25.0, point_jitter_mm=2.0)
    many = np.zeros(4000, np.intp)

    shifts = draw_augmentation(config, many, epoch=0, step=0)["transform"][:, [2, 5]]
    whole = config.changed(input_kind=InputKind.WHOLE, neighbours=0)
    still = draw_augmentation(whole, many, epoch=0, step=0)["transform"][:, [2, 5]]

    # 2 mm of a crop of 25 mm are 4 of its 50 pixels.
    np.testing.assert_allclose(shifts.std(axis=0), 4.0, rtol=0.06)
    np.testing.assert_array_equal(still, 0)


def test_a_documented_share_of_rows_sees_fewer_neighbours(unaugmented):
    config = unaugmented.changed(neighbours=2, hide_neighbours=0.5)

    reach = draw_augmentation(config, np.zeros(4000, np.intp), epoch=0, step=0)["reach"]

    shares = np.bincount(reach, minlength=3) / len(reach)
    np.testing.assert_allclose(shares, [0.25, 0.25, 0.5], atol=0.03)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=20), st.integers(0, 100))
def test_rows_are_blended_within_their_group_and_keep_the_larger_share(unaugmented, groups, seed):
    groups = np.array(groups, np.intp)
    config = unaugmented.changed(mixup=0.4, seed=seed)

    draws = draw_augmentation(config, groups, epoch=0, step=0)

    np.testing.assert_array_equal(groups[draws["partner"]], groups)
    assert sorted(draws["partner"]) == list(range(len(groups)))
    assert np.all((draws["share"] >= 0.5) & (draws["share"] <= 1))
