"""Reports from the command line."""

import json
import shlex
import sys

import pydicom
import pytest

from lsdc.cli.app import run
from lsdc.settings import PROJECT_ROOT

NAMES = ("report.json", "report.csv", "report.pdf", "report.dcm", "slice.dcm")


@pytest.fixture
def predict(monkeypatch, capsys, planted_slice, demo_run, tmp_path):
    """Grade a point of a patient's slice with a shipped run; returns exit code, output and errors."""
    monkeypatch.setenv("LSDC_ARTIFACTS", str(PROJECT_ROOT / "artifacts"))
    image = tmp_path / "Zwonkowa.dcm"

    def predict(words, **changes):
        image.write_bytes(planted_slice(**changes))
        where = f"--run {demo_run.run_id} --dicom {image} --x 30 --y 31 --level l4_l5 --side right"
        monkeypatch.setattr(sys, "argv", shlex.split(f"lsdc predict {where} {words}"))
        with pytest.raises(SystemExit) as leaving:
            run()
        said = capsys.readouterr()
        return leaving.value.code, said.out, said.err

    return predict


def test_every_report_is_written_and_names_nobody(predict, tmp_path):
    *texts, capture = (tmp_path / name for name in NAMES)
    reports = " ".join(f"--report {path}" for path in texts)

    code, said, errors = predict(f"{reports} --secondary-capture {capture} --json")

    assert (code, errors) == (0, "")
    assert all(b"Zwonkowa" not in (tmp_path / name).read_bytes() for name in NAMES)
    assert "Zwonkowa" not in said
    assert json.loads(texts[0].read_text())["findings"][0]["severity"] == json.loads(said)["severity"]
    assert pydicom.dcmread(texts[3]).Modality == "SR"
    assert pydicom.dcmread(capture).SOPClassUID == pydicom.uid.SecondaryCaptureImageStorage


def test_reports_name_the_patient_only_when_asked(predict, tmp_path):
    code, *_ = predict(f"--report {tmp_path / 'report.dcm'} --with-identifiers")

    assert code == 0
    assert pydicom.dcmread(tmp_path / "report.dcm").PatientName == "Zwonkowa^Olga"


def test_an_answer_names_its_nearest_training_cases(predict):
    _, said, _ = predict("--json")
    _, words, _ = predict("")

    answer = json.loads(said)
    assert len(answer["nearest"]) == 5
    assert {"study_id", "level", "side", "label", "distance"} <= set(answer["nearest"][0])
    assert 0 <= answer["distance_percentile"] <= 100
    assert "Nearest training cases: " in words


@pytest.mark.parametrize(
    ("words", "changes", "expected"),
    [
        ("--report report.docx", {}, "does not say which kind of report"),
        ("--report report.dcm", {"StudyInstanceUID": ""}, "no valid Study Instance UID"),
    ],
)
def test_what_cannot_be_written_is_explained(predict, tmp_path, monkeypatch, words, changes, expected):
    monkeypatch.chdir(tmp_path)

    code, _, errors = predict(words, **changes)

    assert code == 1
    assert expected in errors
    assert not list(tmp_path.glob("report*"))
