"""Which slices a network looked at."""

import numpy as np
import pytest

from lsdc.evaluation.attention import attention_by_place


def test_a_place_is_weighed_in_the_rows_that_have_it(make_predictions):
    predictions = make_predictions()
    scored = np.flatnonzero(predictions["split"] == "test")
    weights = np.tile([0.2, 0.5, 0.3], (len(predictions), 1))
    weights[scored[:10]] = [0.0, 0.4, 0.6]
    names = ["attention_1", "attention_2", "attention_3"]

    table = attention_by_place(predictions.assign(**dict(zip(names, weights.T, strict=True)))).set_index("place")

    share = 10 / len(scored)
    assert table["rows"].tolist() == [len(scored) - 10, len(scored), len(scored)]
    assert table.loc[-1, "weight"] == pytest.approx(0.2)
    assert table.loc[0, "weight"] == pytest.approx(0.5 - 0.1 * share)
    assert table["decided"].tolist() == pytest.approx([0, 1 - share, share])


def test_a_network_that_weighs_no_slices_has_no_places(make_predictions):
    assert attention_by_place(make_predictions()).empty


def test_a_place_that_no_row_has_is_left_out(make_predictions):
    predictions = make_predictions().assign(attention_1=0.0, attention_2=1.0, attention_3=0.0)

    assert attention_by_place(predictions)["place"].tolist() == [0]
