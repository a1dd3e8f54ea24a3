"""The audit on the Explore page."""

import shutil

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from lsdc import settings
from lsdc.dataset.audit import audit_data_set
from lsdc.dataset.background import JobState
from lsdc.dataset.headers import scan_folder
from lsdc.dataset.phantom import write_phantom
from lsdc.dataset.scanning import main, watch_scan
from lsdc.settings import PROJECT_ROOT


@pytest.fixture
def open_audit(empty_artifacts, monkeypatch):
    """Open the tab on a data set."""

    def go(data_root, **address):
        monkeypatch.setenv("LSDC_DATA", str(data_root))
        app = AppTest.from_file(PROJECT_ROOT / "navigation.py", default_timeout=60)
        app.switch_page(str(PROJECT_ROOT / "pages" / "1_explore.py"))
        app.query_params.update({"tab": "audit", **address})
        return app.run()

    return go


def scan(data_root):
    assert main([str(data_root), str(scan_folder(data_root, settings.headers_root()))]) == 0


@pytest.fixture(scope="module")
def spoilt_root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spoilt") / "phantom"
    defects = {"wrong_level": 1, "point_outside": 1, "missing_file": 1}
    write_phantom(folder, studies=3, seed=4, image_px=64, defects=defects, workers=1)
    return folder


def test_findings_are_told_with_what_they_mean_and_a_picture(open_audit, spoilt_root, words):
    scan(spoilt_root)
    app = open_audit(spoilt_root)

    assert not app.exception
    (findings,) = [radio for radio in app.radio if radio.key == "audit_finding"]
    assert [title for title in findings.options if "Point at another level · 1" in title]
    findings.set_value("wrong_level").run()
    assert not app.exception
    assert "lies where the other points of another level are" in words(app)
    assert "label review leaves it out" in words(app)
    assert "Where the others expect it" in words(app)
    assert len(app.get("image")) == 2


def test_a_missing_image_has_no_picture_and_says_why(open_audit, spoilt_root, words):
    scan(spoilt_root)
    app = open_audit(spoilt_root)

    next(radio for radio in app.radio if radio.key == "audit_finding").set_value("missing_image").run()

    assert "No picture: The image" in words(app)
    assert not app.error


def test_filters_act_on_the_findings(open_audit, spoilt_root):
    scan(spoilt_root)
    everything = open_audit(spoilt_root)
    few = open_audit(spoilt_root, level="l1_l2", side="left")

    def cases(app):
        return sum(int(metric.value) for metric in app.metric)

    assert 0 <= cases(few) < cases(everything)


def test_without_a_filter_a_study_without_any_point_has_its_findings_too(open_audit, spoilt_root, tmp_path):
    root = tmp_path / "tables"
    root.mkdir()
    for path in spoilt_root.glob("train*.csv"):
        shutil.copy(path, root)
    points = pd.read_csv(root / "train_label_coordinates.csv")
    points[points["study_id"] != points["study_id"].iloc[0]].to_csv(root / "train_label_coordinates.csv", index=False)

    app = open_audit(root)

    expected = sum(found.count for found in audit_data_set(root, None))
    assert sum(int(metric.value) for metric in app.metric) == expected >= 20


def test_clean_data_are_told_calmly_and_what_was_checked(open_audit, tmp_path, words):
    write_phantom(tmp_path / "phantom", studies=2, seed=9, image_px=64, workers=1)
    scan(tmp_path / "phantom")

    app = open_audit(tmp_path / "phantom")

    assert "No error and no warning" in words(app)
    assert "Point outside its image" in words(app)


def test_tables_without_images_are_checked_and_the_page_says_that_only_they_were(
    open_audit, spoilt_root, tmp_path, words
):
    for table in spoilt_root.glob("train*.csv"):
        shutil.copy(table, tmp_path)
    points = pd.read_csv(tmp_path / "train_label_coordinates.csv")
    points[1:].to_csv(tmp_path / "train_label_coordinates.csv", index=False)

    app = open_audit(tmp_path)

    assert not app.exception
    assert "only its tables were checked" in words(app)
    assert "Files, points" not in words(app)
    assert "Point outside its image" not in words(app)
    (findings,) = [radio for radio in app.radio if radio.key == "audit_finding"]
    assert [title for title in findings.options if "Grade without a point · 1" in title]


def test_before_the_headers_are_read_the_page_shows_how_far_it_is(open_audit, spoilt_root):
    app = open_audit(spoilt_root)

    assert not app.exception
    assert app.get("progress")[0].proto.text
    assert watch_scan(spoilt_root, settings.headers_root()).state is not JobState.FAILED
