"""The command line, as a script calls it."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from pydicom import dcmread
from pydicom.uid import RLELossless

from lsdc.cli.app import run
from lsdc.dataset.series import SeriesStack


@pytest.fixture
def call(monkeypatch, capsys):
    """Call the command line in this process; returns the exit code, and what it printed on either stream."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["lsdc", *map(str, arguments)])
        with pytest.raises(SystemExit) as leaving:
            run()
        return leaving.value.code, *capsys.readouterr()

    return call


def test_labels_counts_the_table(call, phantom_root, tmp_path):
    out = tmp_path / "master.csv"

    code, said, trouble = call(
        *("labels", "--data", phantom_root, "--condition", "left_subarticular_stenosis"),
        *("--plane", "axial_t2", "--json", "--out", out),
    )

    assert code == 0, trouble
    counts = json.loads(said)
    assert set(counts) == {"rows", "labelled", "unlabelled", "studies", "series", "by_level", "by_severity"}
    assert counts["rows"] == counts["labelled"] + counts["unlabelled"] == len(out.read_text().splitlines()) - 1
    assert sum(counts["by_level"].values()) == sum(counts["by_severity"].values()) == counts["labelled"]


def test_models_lists_the_reports_parameters(call):
    _, said, _ = call("models", "--json")

    (report_cnn,) = [row for row in json.loads(said) if row["name"] == "report_cnn"]
    assert report_cnn["parameters"] == 4_302_819
    assert report_cnn["trainable"] == 4_302_371
    assert report_cnn["description"]


@pytest.mark.trains
def test_train_and_predict_are_one_chain(call, phantom_root):
    values = "image_px=16 conv_filters=4,8 coordinate_units=4 dense_units=8 epochs=1 batch_size=8 balance=false"
    settings = [part for value in values.split() for part in ("--set", value)]

    code, said, trouble = call("train", "--data", phantom_root, "--preset", "quick", *settings, "--json")
    assert code == 0, trouble
    run_id = json.loads(said)["run"]
    image = next((phantom_root / "train_images").glob("*/*/*.dcm"))
    where = ["--x", "60", "--y", "64", "--level", "l4_l5", "--side", "left", "--json"]
    code, said, trouble = call("predict", "--run", run_id, "--dicom", image, *where)
    _, listed, _ = call("runs")

    assert code == 0, trouble
    answer = json.loads(said)
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-4)
    assert answer["severity"] == max(answer["probabilities"], key=answer["probabilities"].get)
    assert run_id in listed


@pytest.mark.trains
def test_a_slice_is_graded_with_the_neighbours_of_its_folder_or_alone(
    monkeypatch, capsys, trained_stack_run, phantom_root
):
    folder, number = next(
        (path.parent, path.stem)
        for path in sorted((phantom_root / "train_images").glob("*/*/*.dcm"))
        if all(real for _, real in SeriesStack.from_folder(path.parent).neighbours(int(path.stem), 1))
    )
    where = f"--x 60 --y 64 --level l4_l5 --side left --json --dicom {folder}/{number}.dcm"
    answers = []
    for more in (f"--series {folder} --stability", ""):
        words = f"lsdc predict --run {trained_stack_run.run_id} {where} {more}"
        monkeypatch.setattr(sys, "argv", words.split())
        with pytest.raises(SystemExit):
            run()
        answers.append(json.loads(capsys.readouterr().out))

    together, alone = answers
    assert (together["slices"], together["real_slices"]) == (3, 3)
    assert sum(together["attention"]) == pytest.approx(1, abs=1e-4)
    assert 0 < together["stability"]["share_alike"] <= 1
    assert (together["stability"]["nearest_other"] is None) == (together["stability"]["share_alike"] == 1)
    assert "stability" not in alone
    assert (alone["slices"], alone["real_slices"]) == (3, 1)
    assert alone["attention"] == [0, 1, 0]


@pytest.mark.trains
def test_a_frame_of_a_file_is_graded_with_the_frames_beside_it(
    monkeypatch, capsys, trained_stack_run, phantom_root, tmp_path
):
    dataset = dcmread(next((phantom_root / "train_images").glob("*/*/*.dcm")))
    frames = np.stack([dataset.pixel_array] * 3)
    dataset.NumberOfFrames = 3
    dataset.compress(RLELossless, frames, generate_instance_uid=False)
    dataset.save_as(tmp_path / "frames.dcm")
    where = f"--x 60 --y 64 --level l4_l5 --side left --json --dicom {tmp_path}/frames.dcm"
    said = []
    for more in ("--frame 2", "--frame 4", ""):
        monkeypatch.setattr(sys, "argv", f"lsdc predict --run {trained_stack_run.run_id} {where} {more}".split())
        with pytest.raises(SystemExit):
            run()
        said.append(capsys.readouterr())

    chosen, beyond, none = said
    assert json.loads(chosen.out)["real_slices"] == 3
    assert "no frame 4" in beyond.err
    assert "--frame, from 1 to 3" in none.err


@pytest.mark.trains
def test_a_data_set_is_graded_and_written_as_a_submission(monkeypatch, capsys, trained_run, phantom_root, tmp_path):
    words = f"lsdc predict --run {trained_run.run_id} --dicom {phantom_root} --json"
    words += f" --points {phantom_root}/train_label_coordinates.csv --out {tmp_path}"
    monkeypatch.setattr(sys, "argv", words.split())

    with pytest.raises(SystemExit) as leaving:
        run()

    assert leaving.value.code == 0
    told = json.loads(capsys.readouterr().out)
    lines = {name: (tmp_path / f"{name}.csv").read_text().splitlines() for name in ("grades", "submission", "missing")}
    assert told["points"] == len(lines["grades"]) - 1 == told["graded"] + told["not_graded"]
    assert told["cells"] == len(lines["submission"]) - 1 == 14 * 25
    assert told["cells_without_answer"] == len(lines["missing"]) - 1 == told["cells"] - told["graded"]
    assert lines["submission"][0] == "row_id,normal_mild,moderate,severe"


@pytest.mark.trains
def test_a_graded_data_set_is_told_again_for_another_share_of_the_points(
    monkeypatch, capsys, trained_run, phantom_root, tmp_path
):
    points, out = phantom_root / "train_label_coordinates.csv", tmp_path / "out"
    few = tmp_path / "points.csv"
    few.write_text("".join(points.read_text().splitlines(keepends=True)[:41]))
    tables = {}
    for percent in (100, 30):
        words = f"lsdc predict --run {trained_run.run_id} --dicom {phantom_root} --points {few} --out {out} --json"
        monkeypatch.setattr(sys, "argv", [*words.split(), "--coverage", str(percent)])
        with pytest.raises(SystemExit):
            run()
        tables[percent] = [pd.read_csv(out / name) for name in ("grades.csv", "submission.csv")]
        told = json.loads(capsys.readouterr().out)
        assert told["cannot_tell"] == (tables[percent][0]["answer"] == "cannot tell").sum()

    (every, cells), (some, cells_again) = tables.values()
    assert every["answer"].equals(every["severity"])
    assert (some["answer"] == "cannot tell").any()
    assert every.drop(columns="answer").equals(some.drop(columns="answer"))
    assert cells.equals(cells_again)


@pytest.mark.trains
@pytest.mark.parametrize(
    ("more", "words"), [("--points points.csv", "--out"), ("--x 3 --y 4", "--level"), ("", "--points")]
)
def test_what_a_grade_lacks_is_named(monkeypatch, capsys, trained_run, more, words):
    monkeypatch.setattr(sys, "argv", f"lsdc predict --run {trained_run.run_id} --dicom x {more}".split())

    with pytest.raises(SystemExit) as leaving:
        run()

    assert leaving.value.code == 1
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("labels", "--data", "/nowhere"), "/nowhere"),
        (("labels", "--condition", "headache"), "headache"),
        (("train", "--set", "learning_rate=7"), "learning_rate"),
        (("train", "--set", "no_such=1"), "no_such"),
        (("train", "--preset", "best"), "best"),
        (("predict", "--run", "none", "--dicom", "x", "--x", "1", "--y", "1", "--level", "l4_l5"), "none"),
        (("demo", "--defects", "gremlins:3", "--out", "unused"), "gremlins"),
    ],
)
def test_a_failure_is_one_paragraph_and_a_nonzero_exit(monkeypatch, capsys, arguments, words):
    monkeypatch.setattr(sys, "argv", ["lsdc", *arguments])

    with pytest.raises(SystemExit) as leaving:
        run()

    assert leaving.value.code == 1
    said = capsys.readouterr().err
    assert words in said
    assert len(said.splitlines()) == 1


def test_a_folder_that_cannot_be_written_is_told_without_a_traceback(phantom_root):
    # In a process of its own, as a script calls it.
    command = [sys.executable, "-m", "lsdc", "labels", "--data", phantom_root, "--out", "/proc/nowhere/table.csv"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "/proc/nowhere" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_existing_folder_is_never_overwritten(call, phantom_root):
    code, _, trouble = call("demo", "--out", phantom_root)

    assert code == 1
    assert str(phantom_root) in trouble
