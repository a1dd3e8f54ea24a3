"""What a network is given of some points."""

import numpy as np

from lsdc.preprocessing.inputs import seen_mask


def test_hiding_leaves_the_nearest_slices_that_are_real():
    mask = np.array([[1, 1, 1, 1, 0], [0, 1, 1, 1, 1], [1, 1, 1, 1, 1]], np.float32)

    seen = seen_mask(mask, np.array([2, 1, 0]))

    np.testing.assert_array_equal(seen, [[1, 1, 1, 1, 0], [0, 1, 1, 1, 0], [0, 0, 1, 0, 0]])
    assert seen.dtype == np.float32
