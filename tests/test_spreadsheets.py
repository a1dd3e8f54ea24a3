from hypothesis import example, given
from hypothesis import strategies as st

from lsdc.spreadsheets import as_cell, from_cell

texts = st.text(st.sampled_from("'=+-@\t\ra1") | st.characters(codec="utf-8"))


@given(texts)
@example("=1+1")
@example("'=1+1")
def test_no_cell_is_a_formula_and_its_text_comes_back(text):
    assert not as_cell(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert from_cell(as_cell(text)) == text


@given(texts)
def test_what_is_read_twice_is_the_same(cell):
    assert from_cell(as_cell(from_cell(cell))) == from_cell(cell)
