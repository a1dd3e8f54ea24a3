"""A data set graded into a folder, and the challenge's table of answers."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lsdc.config import preset
from lsdc.dataset.challenge_files import GRADE_COLUMNS, POINTS_FILE, read_points_file
from lsdc.errors import ConfigError, MissingFileError, TableError
from lsdc.evaluation.calibration_file import read_calibration
from lsdc.evaluation.confidence import threshold_for
from lsdc.labels import Severity
from lsdc.prediction.batch import ANSWERS_FILE, Batch, images_folder
from lsdc.prediction.finding import CANNOT_TELL
from lsdc.prediction.submission import NO_POINT, submission
from lsdc.runs import RunNotes, create_run

pytestmark = pytest.mark.trains

PROBABILITIES = [severity.probability_column for severity in Severity]
LEFT = "Left Subarticular Stenosis"


@pytest.fixture(scope="module")
def points(phantom_root):
    """Of all conditions, in three studies."""
    table = read_points_file(phantom_root / POINTS_FILE)
    return table[table["study_id"].isin(table["study_id"].unique()[:3])].reset_index(drop=True)


@pytest.fixture(scope="module")
def all_images(phantom_root):
    return images_folder(phantom_root)


@pytest.fixture
def make_batch(trained_run, all_images, points, tmp_path):
    def make(points=points, runs=(trained_run,), images=all_images, coverage=1.0):
        return Batch(runs=runs, points=points, images=images, out=tmp_path / "out", coverage=coverage)

    return make


def silent(done, total):
    pass


@pytest.fixture(scope="module")
def grades(trained_run, all_images, points, tmp_path_factory):
    out = tmp_path_factory.mktemp("batch") / "out"
    return Batch(runs=[trained_run], points=points, images=all_images, out=out).grade(silent)


@pytest.mark.parametrize("name", ["trained_run", "trained_stack_run"])
def test_a_graded_data_set_has_the_answers_that_the_run_stored(request, make_batch, points, name):
    run = request.getfixturevalue(name)

    table = make_batch(runs=[run]).grade(silent)

    keys = ["study_id", "series_id", "instance_number", "level", "x", "y"]
    both = table.merge(run.predictions(), on=keys, suffixes=("", "_stored"))
    both = both[both["condition"].str.lower() == both["side"] + " subarticular stenosis"]
    assert len(both) == table["severity"].notna().sum() >= 10
    np.testing.assert_allclose(
        both[PROBABILITIES].astype("float64"), both[[f"{column}_stored" for column in PROBABILITIES]], atol=1e-4
    )


def test_a_run_answers_the_surest_points_and_cannot_tell_of_the_others(make_batch, grades, trained_run):
    threshold = threshold_for(read_calibration(trained_run), 0.5).probability
    graded = grades["severity"].notna()

    half = make_batch(coverage=0.5).grade(silent)

    sure = half[PROBABILITIES].max(axis=1) >= threshold
    assert 0 < sure.sum() < graded.sum()
    assert (half.loc[sure, "answer"] == grades.loc[sure, "severity"]).all()
    assert (half.loc[graded & ~sure, "answer"] == CANNOT_TELL).all()
    assert half.loc[~graded, "answer"].isna().all()
    pd.testing.assert_frame_equal(half.drop(columns="answer"), grades.drop(columns="answer"))
    assert grades["answer"].equals(grades["severity"])


def test_what_no_run_learned_is_said_point_by_point(grades):
    unlearned = grades[grades["condition"] != LEFT]

    assert unlearned["severity"].isna().all()
    assert unlearned["reason"].str.startswith("None of the runs learned").all()
    assert grades.loc[grades["condition"] == LEFT, "reason"].isna().all()


def test_the_first_run_that_learned_a_point_grades_it(make_batch, trained_run, trained_stack_run):
    table = make_batch(runs=[trained_run, trained_stack_run]).grade(silent)

    by_condition = table.dropna(subset="severity").groupby("condition")["run"].unique()
    assert by_condition[LEFT].tolist() == [trained_run.run_id]
    assert by_condition["Right Subarticular Stenosis"].tolist() == [trained_stack_run.run_id]


def test_a_killed_batch_goes_on_where_it_was(make_batch, grades, trained_run, phantom_root, points, tmp_path):
    points.to_csv(tmp_path / "points.csv", index=False)
    script = f"""
import os, signal
from pathlib import Path
from lsdc.dataset.challenge_files import read_points_file
from lsdc.prediction.batch import Batch, images_folder
from lsdc.runs import RunFolder

batch = Batch(
    runs=[RunFolder(Path({str(trained_run.path)!r}))],
    points=read_points_file(Path({str(tmp_path / "points.csv")!r})),
    images=images_folder(Path({str(phantom_root)!r})),
    out=Path({str(tmp_path / "out")!r}),
)
batch.grade(lambda done, total: os.kill(os.getpid(), signal.SIGKILL) if done else None)
"""
    killed = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2], check=False)
    assert killed.returncode == -9
    answers = tmp_path / "out" / ANSWERS_FILE
    of_first_study = answers.read_text().splitlines()
    with answers.open("a") as file:
        file.write('{"point": 40, "seve')
    told = []

    table = make_batch().grade(lambda done, total: told.append(done))

    graded_at_first = sum('"severity"' in line for line in of_first_study)
    assert 0 < graded_at_first < len(points)
    assert (told[0], told[-1]) == (graded_at_first, len(points))
    pd.testing.assert_frame_equal(table, grades)


def test_a_folder_of_other_points_or_runs_is_left_alone(make_batch, points, whole_slice_run):
    make_batch(points=points.head(3)).grade(silent)

    for other in (make_batch(points=points.head(4)), make_batch(points=points.head(3), runs=[whole_slice_run])):
        with pytest.raises(ConfigError, match="other points, on other images, or of other runs"):
            other.grade(silent)


def test_a_folder_of_other_images_or_of_runs_in_another_order_is_left_alone(make_batch, points, tmp_path):
    runs = [create_run(tmp_path / "runs", preset("quick"), {}, RunNotes()) for _ in range(2)]
    for run in runs:
        run.onnx_path.write_bytes(b"network")
    one = points.head(1)
    (tmp_path / "out").mkdir()
    # It is answered, so that no network is asked.
    (tmp_path / "out" / ANSWERS_FILE).write_text('{"point": 0, "severity": "Severe"}\n')
    make_batch(points=one, runs=runs).grade(silent)

    make_batch(points=one, runs=runs).grade(silent)
    for other in (make_batch(points=one, runs=runs[::-1]), make_batch(points=one, runs=runs, images=tmp_path)):
        with pytest.raises(ConfigError, match="other images, or of other runs"):
            other.grade(silent)


def test_a_point_without_its_image_has_a_reason_and_is_tried_again(make_batch, points, all_images, tmp_path):
    images = shutil.copytree(all_images, tmp_path / "images")
    left = points[points["condition"] == LEFT].reset_index(drop=True)
    first = left.iloc[0]
    folder = images / str(first["study_id"]) / str(first["series_id"])
    hidden = folder.rename(tmp_path / "hidden")
    batch = make_batch(points=left, images=images)

    without = batch.grade(silent)
    hidden.rename(folder)
    again = batch.grade(silent)

    of_folder = left["series_id"] == first["series_id"]
    assert without.loc[of_folder, "reason"].str.contains("does not exist").all()
    assert without.loc[~of_folder, "severity"].notna().all()
    assert again["severity"].notna().all()


def test_every_cell_of_every_study_is_answered_once(grades, trained_run):
    studies = [*grades["study_id"].unique(), 77]

    cells = submission(grades, studies, [trained_run])

    assert cells.columns.tolist() == ["row_id", "normal_mild", "moderate", "severe", "reason"]
    assert cells["row_id"].tolist() == [f"{study}_{column}" for study in studies for column in GRADE_COLUMNS]
    np.testing.assert_allclose(cells[["normal_mild", "moderate", "severe"]].sum(axis=1), 1, atol=1e-5)
    answered = cells[cells["reason"].isna()]
    assert len(answered) == grades["severity"].notna().sum()
    first = grades.dropna(subset="severity").iloc[0]
    row_id = f"{first['study_id']}_left_subarticular_stenosis_{first['level'].lower().replace('/', '_')}"
    assert cells.set_index("row_id").loc[row_id, "severe"] == first["p_severe"]
    assert (cells.loc[cells["row_id"].str.startswith("77_"), "reason"] == NO_POINT).all()


def test_a_cell_without_an_answer_has_the_class_shares_of_training(grades, trained_run):
    train = trained_run.predictions().query("split == 'train'")["label"]

    cells = submission(grades, [77], [trained_run]).set_index("row_id")

    for row_id in ("77_left_subarticular_stenosis_l1_l2", "77_spinal_canal_stenosis_l4_l5"):
        shares = [(train == severity).mean() for severity in Severity]
        np.testing.assert_allclose(cells.loc[row_id, ["normal_mild", "moderate", "severe"]].astype(float), shares)


def test_several_points_of_a_cell_are_averaged(grades, trained_run):
    graded = grades.dropna(subset="severity").head(2)
    graded = graded.assign(level="L1/L2", study_id=1)

    cells = submission(graded, [1], [trained_run]).set_index("row_id")

    assert cells.loc["1_left_subarticular_stenosis_l1_l2", "severe"] == pytest.approx(
        graded["p_severe"].astype(float).mean()
    )


def test_images_stand_in_the_folder_or_in_that_of_the_challenge(tmp_path):
    plain, challenge = tmp_path / "plain", tmp_path / "challenge"
    plain.mkdir()
    (challenge / "test_images").mkdir(parents=True)

    assert images_folder(plain) == plain
    assert images_folder(challenge) == challenge / "test_images"
    with pytest.raises(MissingFileError):
        images_folder(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("study_id,x\n1,2\n", "no column series_id"),
        ("study_id,series_id,instance_number,condition,level,x,y\n", "no rows"),
        ("study_id,series_id,instance_number,condition,level,x,y\n1,2,3,Headache,L4/L5,1,1\n", "Headache"),
        (f"study_id,series_id,instance_number,condition,level,x,y\n1,2,3,{LEFT},L4/L5,nan,1\n", "finite number"),
    ],
)
def test_points_that_cannot_be_understood_are_refused_with_the_reason(tmp_path, content, words):
    path = tmp_path / "points.csv"
    path.write_text(content)

    with pytest.raises(TableError, match=words):
        read_points_file(path)
