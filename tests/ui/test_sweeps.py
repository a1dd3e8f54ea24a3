"""What a page says of the run that a sweep chose."""

import shutil

import pytest

from lsdc.runs import RunFolder
from lsdc.ui.sweeps import about_choice


@pytest.mark.trains
def test_scores_of_the_rows_that_chose_are_not_said_to_be_those_of_test_rows(trained_run, tmp_path):
    run = RunFolder(shutil.copytree(trained_run.path, tmp_path / trained_run.run_id))
    assert "had no say in the choice" in about_choice(run)

    run.write_metrics(run.metrics() | {"chosen_on_these_rows": True, "scored_on": "validation"})

    assert "there are no test rows" in about_choice(run)
