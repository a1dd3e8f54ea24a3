"""Rows that are added one by one, whatever a kill left of the last one."""

import json

from hypothesis import given
from hypothesis import strategies as st

from lsdc.json_lines import JsonLines

ROWS = [{"number": 1, "word": "é"}, {"number": 2, "word": "line\nbreak"}, {"number": 3, "word": ""}]


def test_rows_read_back_in_their_order(tmp_path):
    lines = JsonLines(tmp_path / "deep" / "rows.jsonl")

    assert lines.rows() == []
    lines.add(ROWS[:2])
    lines.add([])
    JsonLines(lines.path).add(ROWS[2:])

    assert lines.rows() == ROWS


@given(st.integers(0, 200))
def test_whatever_a_kill_leaves_whole_rows_are_read_and_the_next_one_is_added(tmp_path_factory, cut):
    lines = JsonLines(tmp_path_factory.mktemp("torn") / "rows.jsonl")
    lines.add(ROWS[:2])
    content = lines.path.read_bytes()
    lines.path.write_bytes(content[: cut % (len(content) + 1)])
    left = lines.rows()

    lines.add(ROWS[2:])

    assert left == ROWS[: len(left)]
    assert lines.rows() == [*left, ROWS[2]]
    assert all(json.loads(line) for line in lines.path.read_text().splitlines())
