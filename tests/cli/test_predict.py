"""One point, asked of several runs, and what a run cannot tell."""

import json
import shlex
import sys

import pytest

from lsdc.cli.app import run
from lsdc.runs import list_runs
from lsdc.settings import PROJECT_ROOT

RUNS = PROJECT_ROOT / "artifacts" / "runs"


@pytest.fixture
def predict(monkeypatch, capsys, planted_slice, tmp_path):
    """Grade a point of a slice with some of the shipped runs; returns the exit code, the output and the errors."""
    monkeypatch.setenv("LSDC_ARTIFACTS", str(PROJECT_ROOT / "artifacts"))
    image = tmp_path / "slice.dcm"
    image.write_bytes(planted_slice())

    def predict(runs, words):
        asked = " ".join(f"--run {one.run_id}" for one in runs)
        where = f"{asked} --dicom {image} --x 30 --y 31 --level l4_l5"
        monkeypatch.setattr(sys, "argv", shlex.split(f"lsdc predict {where} {words}"))
        with pytest.raises(SystemExit) as leaving:
            run()
        said = capsys.readouterr()
        return leaving.value.code, said.out, said.err

    return predict


def test_several_runs_grade_one_point_each_as_it_would_alone(predict, tmp_path):
    runs = list_runs(RUNS)[:2]

    code, together, errors = predict(runs, f"--json --report {tmp_path / 'report.json'}")
    alone = [json.loads(predict([one], "--json")[1]) for one in runs]

    assert (code, errors) == (0, "")
    answers = json.loads(together)["answers"]
    assert [answer["run"] for answer in answers] == [one.run_id for one in runs]
    assert [answer["probabilities"] for answer in answers] == [answer["probabilities"] for answer in alone]
    assert len(json.loads((tmp_path / "report.json").read_text())["findings"]) == 2


def test_each_answer_stands_behind_the_name_of_its_run(predict):
    runs = list_runs(RUNS)[:2]

    _, said, _ = predict(runs, "")

    assert [one.run_id in said for one in runs] == [True, True]
    assert said.count("Research use only") == 1


def test_a_run_that_answers_hardly_any_point_cannot_tell(predict):
    runs = list_runs(RUNS)[:1]

    every, few = (json.loads(predict(runs, f"--json {words}")[1]) for words in ("", "--coverage 1"))

    assert every["sure"] is True
    assert few["sure"] is False
    assert few["probabilities"] == every["probabilities"]
    assert "annot tell" in predict(runs, "--coverage 1")[1].splitlines()[0]
