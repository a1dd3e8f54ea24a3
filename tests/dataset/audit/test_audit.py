"""The audit finds every planted defect, says no word of what is in order, and training understands it."""

import pandas as pd
import pytest

from lsdc.config import LeaveOut, preset
from lsdc.dataset.audit import KINDS, as_review, finding_rows
from lsdc.dataset.phantom import DEFECTS, write_phantom
from lsdc.dataset.reviews import Decision, Review, as_csv, divide_rows
from lsdc.dataset.splits import Part
from lsdc.dataset.tables import load_label_table, rows_for_training

KEYS = ["study_id", "series_id", "instance_number", "condition", "side", "level"]
FOUND_AS = {
    **{name: name for name in DEFECTS if name in KINDS},
    "missing_points": "grade_without_point",
    "missing_grades": "point_without_grade",
    "empty_file": "unreadable_image",
    "cut_file": "unreadable_image",
    "missing_file": "missing_image",
    "wrong_description": "contradicting_sequence",
    **dict.fromkeys(("missing_slice", "moved_slice", "wrong_distance"), "inconsistent_distance"),
}


def named(rows, keys):
    return {tuple(None if pd.isna(value) else value for value in row) for row in rows[keys].itertuples(index=False)}


def check_found(planted, findings):
    """Every planted row is found under its kind, and no error or warning names another."""
    assert set(FOUND_AS) == set(DEFECTS)
    for slug in set(FOUND_AS.values()):
        rows = planted[planted["defect"].map(FOUND_AS) == slug]
        found = findings[slug].rows
        # A lost point has no image any more, and files and series have no level.
        keys = [key for key in KEYS if found[key].notna().all() and rows[key].notna().all()]
        missed = named(rows, keys) - named(found, keys)
        assert not missed, (slug, missed)
        if findings[slug].kind.importance != "note":
            assert named(found, keys) == named(rows, keys), slug


@pytest.fixture(scope="module")
def one(spoilt, audited):
    folder, planted = spoilt(seed=1)
    return folder, planted, audited(folder)


def test_every_planted_defect_is_found_and_nothing_else(one, alarms):
    _, planted, findings = one

    check_found(planted, findings)
    assert set(alarms(findings)) <= set(FOUND_AS.values())


def test_clean_data_raise_no_alarm(phantom_root, tmp_path, audited, alarms):
    write_phantom(tmp_path / "phantom", studies=9, seed=8, image_px=32, workers=1)

    assert alarms(audited(tmp_path / "phantom")) == {}


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", range(2, 22))
def test_the_same_for_many_seeds(seed, spoilt, audited, alarms, tmp_path):
    folder, planted = spoilt(seed=seed)
    findings = audited(folder)
    write_phantom(tmp_path / "phantom", studies=40, seed=seed, image_px=32, workers=1)

    check_found(planted, findings)
    assert set(alarms(findings)) <= set(FOUND_AS.values())
    assert alarms(audited(tmp_path / "phantom")) == {}


def test_the_gravest_findings_come_first(one):
    ranks = [finding.kind.importance.rank for finding in one[2].values()]

    assert ranks == sorted(ranks)
    assert set(ranks) == {0, 1, 2}


def test_a_run_leaves_out_what_the_audit_drops(one):
    folder, _, findings = one
    points = load_label_table(folder)
    review = Review.parse(as_csv(as_review(list(findings.values()), points)), "audit.csv")
    review.refuse_unknown_labels(points)
    config = preset("quick").changed(balance=False)
    rows = rows_for_training(points, config)

    parts = divide_rows(rows, config, review)

    dropped = review.leaves_out(rows, LeaveOut.DROPPED)
    train = divide_rows(rows, config, None) == Part.TRAIN
    assert (dropped & train).any()
    assert (parts[dropped & train] == Part.LEFT_OUT).all()
    assert (parts[~dropped] == divide_rows(rows, config, None)[~dropped]).all()


def test_a_review_holds_each_label_of_an_error_once(one):
    folder, planted, findings = one
    points = load_label_table(folder)

    review = as_review(list(findings.values()), points)

    assert not review.duplicated(["study_id", "condition", "side", "level"]).any()
    swapped = planted[planted["defect"].isin(["swapped_sides", "wrong_level", "far_slice", "point_outside"])]
    dropped = review[review["decision"] == Decision.DROP]
    keys = ["study_id", "condition", "side", "level"]
    assert named(swapped, keys) <= named(dropped, keys)


def test_where_a_far_point_was_expected_is_the_middle_of_a_canal_or_aside_of_it(one):
    far = one[2]["far_slice"].rows
    expected = far[["expected_x_mm", "expected_y_mm", "expected_z_mm"]]

    assert expected.notna().all(axis=None)


def test_all_cases_are_one_table(one):
    rows = finding_rows(list(one[2].values()))

    assert len(rows) == sum(finding.count for finding in one[2].values())
    assert rows["detail"].notna().all()
