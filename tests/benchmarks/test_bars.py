"""What a benchmark says of a value and its spread."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import bars
import pytest
from bars import Bar, Verdict, report
from hypothesis import given
from hypothesis import strategies as st
from throughput import quartiles

numbers = st.floats(0.1, 10.0)


def ratio(value, spread=None):
    return Bar(name="over the limit", value=value, bar=1.05, at_most=True, spread=spread)


@pytest.mark.parametrize(
    ("value", "spread", "verdict"),
    [
        (1.04, None, Verdict.HOLDS),
        (1.05, None, Verdict.HOLDS),
        (1.06, None, Verdict.FAILS),
        (1.00, (0.98, 1.04), Verdict.HOLDS),
        (1.00, (0.98, 1.05), Verdict.HOLDS),
        (1.00, (0.98, 1.06), Verdict.UNDECIDED),
        (1.20, (1.04, 1.30), Verdict.UNDECIDED),
        (1.20, (1.10, 1.30), Verdict.FAILS),
    ],
)
def test_a_bar_within_the_spread_is_undecided(value, spread, verdict):
    assert ratio(value, spread).verdict is verdict


@given(st.lists(numbers, min_size=1, max_size=15), numbers)
def test_of_the_two_sides_of_a_bar_a_measurement_is_never_on_both(values, bar):
    middle, low, high = quartiles(values)

    verdicts = [
        Bar(name="x", value=middle, bar=bar, at_most=at_most, spread=(low, high)).verdict for at_most in (True, False)
    ]

    assert low <= middle <= high
    assert set(verdicts) in ({Verdict.UNDECIDED}, {Verdict.HOLDS, Verdict.FAILS}) or middle == bar


def test_only_a_bar_that_does_not_hold_fails_the_benchmark(capsys):
    held, open_question, failed = ratio(1.0), ratio(1.0, (0.9, 1.1)), ratio(1.2)

    codes = [report("Steps", bars, as_json=False) for bars in ([held, open_question], [held, failed])]

    assert codes == [0, 1]
    assert "undecided" in capsys.readouterr().out


def test_json_holds_the_bars_and_whatever_else_was_measured(capsys):
    report("Steps", [ratio(1.0, (0.9, 1.1))], as_json=True, details={"device": "CPU"})

    printed = json.loads(capsys.readouterr().out)
    assert printed["device"] == "CPU"
    assert printed["bars"][0]["verdict"] == "undecided"
    assert printed["bars"][0]["spread"] == [0.9, 1.1]


def test_the_benchmark_of_the_queue_does_not_hide_the_queue_of_the_library():
    folder = Path(bars.__file__).parent
    code = "import queue, concurrent.futures.thread; print(queue.SimpleQueue.__name__)"

    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)

    assert done.stdout.strip() == "SimpleQueue", done.stderr
