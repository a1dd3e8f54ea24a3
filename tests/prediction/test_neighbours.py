"""The nearest training cases, and what lies far from all of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.data import get_testdata_file
from scipy.spatial.distance import cdist

from lsdc.config import preset
from lsdc.dataset.dicom import read_slice
from lsdc.dataset.geometry import PixelPoint
from lsdc.dataset.series import SeriesStack
from lsdc.dataset.tables import load_label_table
from lsdc.errors import CorruptRunError
from lsdc.labels import Condition, Level, Side
from lsdc.prediction.grader import load_grader
from lsdc.prediction.neighbours import NEIGHBOURS, TrainingCases
from lsdc.runs import RunFolder, RunNotes, create_run, list_runs
from lsdc.settings import PROJECT_ROOT

SUBARTICULAR = Condition.SUBARTICULAR_STENOSIS


@pytest.fixture(scope="session")
def cases_of(tmp_path_factory):
    """The training cases of a run that made these embeddings of them."""

    def cases_of(embeddings, studies, conditions=None) -> TrainingCases:
        count = len(embeddings)
        data = {"name": "none", "root": "", "fingerprint": "0", "synthetic": False, "rows": 0, "studies": 0}
        record = {"preset": "quick", "data": data}
        run = create_run(tmp_path_factory.mktemp("runs"), preset("quick"), record, RunNotes())
        keys = {
            "study_id": studies,
            "series_id": range(count),
            "instance_number": 1,
            "condition": conditions or SUBARTICULAR.value,
            "side": "left",
            "level": "L4/L5",
            "label": "Severe",
        }
        values = {f"e{unit}": column for unit, column in enumerate(np.transpose(embeddings))}
        run.write_embeddings(pd.DataFrame(keys | values))
        return TrainingCases(run)

    return cases_of


def random_cases(seed=0, count=60, studies=12, units=4):
    random = np.random.default_rng(seed)
    return random.normal(size=(count, units)).astype(np.float16), random.integers(0, studies, count)


def test_the_nearest_are_those_of_the_smallest_distance(cases_of):
    embeddings, studies = random_cases()
    point = np.full(4, 0.3, np.float32)

    nearest = cases_of(embeddings, studies).nearest(point, SUBARTICULAR)

    expected = np.argsort(cdist(point[None], embeddings.astype(float))[0])[:NEIGHBOURS]
    assert nearest.rows["series_id"].tolist() == expected.tolist()
    assert nearest.rows["distance"].is_monotonic_increasing


@given(seed=st.integers(0, 50))
def test_the_percentile_counts_training_rows_by_their_neighbours_in_other_studies(cases_of, seed):
    embeddings, studies = random_cases(seed)
    point = np.random.default_rng(seed + 1).normal(size=4).astype(np.float32)

    nearest = cases_of(embeddings, studies).nearest(point, SUBARTICULAR)

    between = cdist(embeddings.astype(float), embeddings.astype(float))
    between[studies[:, None] == studies] = np.inf
    usual = np.sort(between, axis=1)[:, NEIGHBOURS - 1]
    own = np.sort(cdist(point[None], embeddings.astype(float))[0])[NEIGHBOURS - 1]
    assert nearest.percentile == pytest.approx(100 * (usual < own).mean())


def test_farther_is_never_more_usual(cases_of):
    cases = cases_of(*random_cases())

    percentiles = [cases.nearest(np.full(4, far, np.float32), SUBARTICULAR).percentile for far in (0, 1, 2, 4, 8)]

    assert percentiles == sorted(percentiles)
    assert percentiles[-1] == 100
    assert "unlike what the run learned from" in cases.nearest(np.full(4, 8, np.float32), SUBARTICULAR).warning


def test_a_point_that_was_learned_is_known_again(cases_of):
    embeddings, studies = random_cases()
    cases = cases_of(embeddings, studies)

    learned = cases.nearest(embeddings[7].astype(np.float32), SUBARTICULAR)
    new = cases.nearest(embeddings[7].astype(np.float32) + np.float32(0.2), SUBARTICULAR)

    assert learned.learned
    assert learned.rows["series_id"][0] == 7
    assert not new.learned


def test_cases_of_another_condition_are_no_neighbours(cases_of):
    embeddings, studies = random_cases()
    conditions = [condition.value for condition in (SUBARTICULAR, Condition.SPINAL_CANAL_STENOSIS)] * 30

    nearest = cases_of(embeddings, studies, conditions).nearest(embeddings[1], SUBARTICULAR)

    assert set(nearest.rows["condition"]) == {SUBARTICULAR}


def test_with_too_few_cases_nothing_is_said(cases_of):
    embeddings, studies = random_cases(count=NEIGHBOURS - 1)

    assert cases_of(embeddings, studies).nearest(embeddings[0], SUBARTICULAR) is None
    assert cases_of(*random_cases()).nearest(embeddings[0], Condition.SPINAL_CANAL_STENOSIS) is None


def test_all_cases_of_one_study_say_nothing_of_other_patients(cases_of):
    embeddings, _ = random_cases()

    assert cases_of(embeddings, 1).nearest(embeddings[0], SUBARTICULAR) is None


def test_embeddings_of_another_shape_are_explained(tmp_path, demo_run):
    run = create_run(tmp_path, demo_run.config, demo_run.record, RunNotes())
    run.write_embeddings(pd.DataFrame({"study_id": [1], "e0": [1.0]}))

    with pytest.raises(CorruptRunError, match="embeddings"):
        TrainingCases(run)
    with pytest.raises(CorruptRunError, match="missing"):
        TrainingCases(RunFolder(tmp_path / "none"))


@pytest.fixture(scope="module")
def points(demo_run, phantom_root):
    """Points of phantoms that the demo run has never seen, with the slices around them."""
    table = load_label_table(phantom_root)
    rows = table[table["condition"] == SUBARTICULAR].sample(60, random_state=0)
    stacks = {path.parent: SeriesStack.from_folder(path.parent) for path in map(phantom_root.joinpath, rows["image"])}
    return [
        (
            stacks[(phantom_root / row.image).parent].read_around(row.instance_number, demo_run.config.neighbours),
            PixelPoint.from_xy(row.x, row.y),
            {"level": Level(row.level), "side": Side(row.side)},
        )
        for row in rows.itertuples()
    ]


@pytest.fixture(scope="module")
def far(demo_run):
    """Whether points are far from what the demo run learned from."""
    grader = load_grader(demo_run)

    def far(points):
        grades = [grader.grade(slices, point, condition=SUBARTICULAR, **words) for slices, point, words in points]
        assert all(grade.nearest.is_far == (grade.nearest.warning in grade.warnings) for grade in grades)
        return [grade.nearest.is_far for grade in grades]

    return far


def test_new_phantoms_are_near(points, far):
    assert np.mean(far(points)) <= 0.05


def test_noise_is_far(points, far):
    random = np.random.default_rng(0)

    def noisy(image):
        return image and replace(image, pixels=random.integers(0, 1000, image.pixels.shape).astype(np.float32))

    noise = [([noisy(image) for image in slices], point, words) for slices, point, words in points[:20]]

    assert np.mean(far(noise)) >= 0.95


def test_other_parts_of_other_bodies_are_mostly_far(far, demo_run):
    images = [read_slice(Path(get_testdata_file(name, download=False))) for name in ("MR_small.dcm", "CT_small.dcm")]
    alone = [None] * demo_run.config.neighbours
    others = [
        (
            [*alone, image, *alone],
            PixelPoint(row=image.pixels.shape[0] * down, col=image.pixels.shape[1] / 2),
            {"level": Level.L4_L5, "side": side},
        )
        for image in images
        for down in (0.3, 0.5, 0.7)
        for side in (Side.LEFT, Side.RIGHT)
    ]

    assert np.mean(far(others)) >= 0.7


def test_the_shipped_runs_know_their_training_cases():
    shipped = [run for run in list_runs(PROJECT_ROOT / "artifacts" / "runs") if run.notes().name.startswith("Demo: ")]

    assert shipped
    for run in shipped:
        learned = run.predictions().query("split == 'train'")
        assert len(run.embeddings()) == len(learned)
        assert run.embeddings_path.stat().st_size < 300_000
