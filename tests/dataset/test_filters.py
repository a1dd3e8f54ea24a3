"""A filter chooses rows, and is an address."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsdc.dataset.filters import DIMENSIONS, UNGRADED, Filter, apply
from lsdc.dataset.tables import SEVERITY_TYPE


def _any_row():
    columns = {
        d.column: st.sampled_from([value for value in d.words.values() if value != UNGRADED]) for d in DIMENSIONS
    }
    columns |= {name: st.none() | columns[name] for name in ("severity", "split")}
    return st.fixed_dictionaries(columns)


tables = st.lists(_any_row(), max_size=12).map(
    lambda rows: pd.DataFrame(rows, columns=[d.column for d in DIMENSIONS]).astype({"severity": SEVERITY_TYPE})
)
filters = st.builds(Filter, **{d.name: st.frozensets(st.sampled_from(list(d.words.values()))) for d in DIMENSIONS})


@given(filters)
def test_an_address_reads_back_as_the_filter_that_wrote_it(chosen):
    read, dropped = Filter.from_address(chosen.to_address())

    assert read == chosen
    assert dropped == []


def test_no_filter_has_no_word_in_the_address():
    assert Filter().to_address() == {}


def test_words_that_are_not_ours_are_dropped_and_told_and_others_are_left_alone():
    read, dropped = Filter.from_address({"level": ["l4_l5", "l9"], "side": ["up"], "tab": ["rows"]})

    assert read == Filter(level=frozenset({"L4/L5"}))
    assert dropped == ["side=up", "level=l9"]


@settings(max_examples=20)
@given(tables, filters)
def test_what_remains_are_just_the_rows_that_have_a_chosen_value_of_each_dimension(table, chosen):
    kept = apply(table, chosen)

    expected = [
        row
        for row in table.astype("object").to_dict("records")
        if all(
            not chosen.chosen(d)
            or row[d.column] in chosen.chosen(d)
            or (pd.isna(row[d.column]) and UNGRADED in chosen.chosen(d))
            for d in DIMENSIONS
        )
    ]
    pd.testing.assert_frame_equal(kept, pd.DataFrame(expected, columns=table.columns).astype(table.dtypes.to_dict()))


@settings(max_examples=20)
@given(tables, filters)
def test_filtering_twice_is_filtering_once(table, chosen):
    once = apply(table, chosen)

    pd.testing.assert_frame_equal(apply(once, chosen), once)


@given(tables, filters, st.sampled_from([d.name for d in DIMENSIONS]))
def test_a_filter_without_a_dimension_keeps_at_least_as_much(table, chosen, name):
    assert len(apply(table, chosen.without(name))) >= len(apply(table, chosen))


@given(filters, st.sampled_from(DIMENSIONS), st.data())
def test_what_is_picked_twice_is_taken_back(chosen, dimension, data):
    value = data.draw(st.sampled_from(list(dimension.words.values())))
    picked = {dimension.name: value}

    once = chosen.without(dimension.name).toggled(picked)

    assert once.chosen(dimension) == {value}
    assert once.toggled(picked) == chosen.without(dimension.name)


@pytest.mark.parametrize("name", [d.name for d in DIMENSIONS])
def test_every_dimension_is_an_attribute(name):
    assert getattr(Filter(), name) == frozenset()
