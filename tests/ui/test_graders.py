"""Sessions that explain grades at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lsdc.ui.graders import turn_to_explain


def test_only_one_explanation_is_computed_at_a_time():
    computing, most = [], []
    all_there = threading.Barrier(4)

    def explain(_reader):
        all_there.wait()
        with turn_to_explain():
            computing.append(1)
            most.append(len(computing))
            computing.pop()

    with ThreadPoolExecutor(4) as readers:
        list(readers.map(explain, range(4)))

    assert most == [1, 1, 1, 1]


def test_an_explanation_that_fails_leaves_its_turn_to_the_next():
    with pytest.raises(ZeroDivisionError), turn_to_explain():
        _ = 1 / 0

    with turn_to_explain():
        pass
