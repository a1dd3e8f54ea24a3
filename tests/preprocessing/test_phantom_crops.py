"""Crops of phantoms that are cut without files are those that are cut from files."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lsdc.config import InputKind, SideChoice, TrainingConfig
from lsdc.dataset.phantom import write_phantom
from lsdc.dataset.tables import load_label_table, rows_for_training
from lsdc.labels import Condition
from lsdc.preprocessing.cache import build_crop_cache
from lsdc.preprocessing.phantom_crops import phantom_crops, phantom_rows

SEED, STUDIES, IMAGE_PX = 6, 2, 64
SMALL = TrainingConfig(image_px=16)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("written") / "phantom"
    write_phantom(folder, studies=STUDIES, seed=SEED, image_px=IMAGE_PX, workers=1)
    return folder


@pytest.mark.parametrize(
    "changes",
    [
        {"balance": False},
        {"conditions": tuple(Condition), "balance": False},
        {"side": SideChoice.LEFT, "input_kind": InputKind.WHOLE, "neighbours": 0},
    ],
    ids=["axial stacks of both sides", "all conditions", "whole slices"],
)
def test_crops_without_files_are_those_of_the_files(changes, written, tmp_path):
    config = SMALL.changed(**changes)
    rows = rows_for_training(load_label_table(written), config)
    from_files = build_crop_cache(rows, written, config.crop, tmp_path, workers=1, report_progress=lambda *_: None)

    drawn = phantom_crops(SEED, range(STUDIES), config, image_px=IMAGE_PX, workers=1)

    assert len(drawn.index) > 5
    np.testing.assert_array_equal(drawn.pixels, from_files.pixels)
    np.testing.assert_array_equal(drawn.mask, from_files.mask)
    pd.testing.assert_frame_equal(drawn.index.drop(columns="narrowing"), from_files.index, check_exact=True)
    assert drawn.skipped.empty


def test_only_studies_that_balancing_keeps_are_drawn_and_their_true_narrowing_is_told():
    indices, told = range(12), []
    config = SMALL.changed(side=SideChoice.LEFT, neighbours=0)

    drawn = phantom_crops(
        SEED, indices, config, image_px=IMAGE_PX, workers=1, report_progress=lambda *step: told.append(step)
    )

    rows = phantom_rows(SEED, indices, config, image_px=IMAGE_PX)
    pd.testing.assert_frame_equal(drawn.index[rows.columns], rows)
    assert not (rows.groupby("study_id")["severity"].agg(lambda grades: set(grades) == {"Normal/Mild"})).all()
    assert rows["study_id"].nunique() < len(indices)
    assert told[-1] == (rows["study_id"].nunique(), rows["study_id"].nunique())
    assert rows["narrowing"].notna().all()
    assert rows.groupby("severity", observed=True)["narrowing"].mean().is_monotonic_increasing
