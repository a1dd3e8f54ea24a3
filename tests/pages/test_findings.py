"""What stands below the grades: reports to take away, and the nearest training cases."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from lsdc.dataset.dicom import decode_slice
from lsdc.dataset.geometry import PixelPoint
from lsdc.dataset.tables import data_fingerprint, load_label_table, rows_for_training
from lsdc.labels import Condition, Level, Side
from lsdc.prediction.finding import Finding
from lsdc.prediction.grader import load_grader
from lsdc.prediction.neighbours import Nearest
from lsdc.prediction.reports import ReportFormat
from lsdc.runs import RunNotes, create_run


def reports_page():
    import streamlit as st

    from lsdc.ui.errors import friendly_errors
    from pages.predict.report import draw_report

    with friendly_errors():
        draw_report(st.session_state["findings"])


def nearest_page():
    import streamlit as st

    from pages.predict.nearest import draw_nearest

    draw_nearest(st.session_state["finding"])


@pytest.fixture(scope="module")
def finding(demo_run, planted_slice):
    """A finding on a patient's slice that lies alone."""
    image, point, alone = decode_slice(planted_slice()), PixelPoint(row=30, col=30), [None] * demo_run.config.neighbours
    place = {"condition": Condition.SUBARTICULAR_STENOSIS, "level": Level.L4_L5, "side": Side.LEFT}
    grade = load_grader(demo_run).grade([*alone, image, *alone], point, **place)
    return Finding(run=demo_run, image=image, point=point, **place, grade=grade, sure=True)


def opened(page, **state):
    app = AppTest.from_function(page, default_timeout=60)
    for key, value in state.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception
    return app


def texts(app):
    return " ".join(
        str(element.value) for kind in ("caption", "warning", "error", "markdown") for element in app.get(kind)
    )


def test_without_findings_there_is_nothing_to_report():
    assert not opened(reports_page, findings=[]).get("download_button")


@pytest.mark.parametrize("report_format", ReportFormat)
def test_each_format_is_offered_for_download_and_says_what_it_is_for(finding, report_format):
    app = opened(reports_page, findings=[finding])

    app.button_group(key="predict_report_format").set_value(report_format).run()

    assert not app.exception
    assert not app.error
    (button,) = app.get("download_button")
    assert button.proto.label == "Download the report"
    assert len(app.caption[0].value) > 20


def test_identifiers_stay_out_until_somebody_asks_and_then_the_page_says_so(finding):
    app = opened(reports_page, findings=[finding])

    assert app.toggle(key="predict_report_identifiers").value is False
    assert not app.warning
    app.toggle(key="predict_report_identifiers").set_value(True).run()
    assert "will name the patient" in texts(app)
    assert "Zwonkowa" not in texts(app)


def test_a_report_that_cannot_be_made_is_explained_and_another_can(finding):
    without = replace(finding, image=replace(finding.image, study_uid=""))
    app = opened(reports_page, findings=[without])

    assert app.get("download_button")
    app.button_group(key="predict_report_format").set_value(ReportFormat.STRUCTURED).run()
    assert "no valid Study Instance UID" in texts(app)
    assert not app.get("download_button")


def test_the_nearest_cases_are_a_table_where_their_images_are_not_at_hand(finding, phantom_root, monkeypatch):
    monkeypatch.setenv("LSDC_DATA", str(phantom_root))

    app = opened(nearest_page, finding=finding)

    (table,) = app.dataframe
    assert table.value["Label"].tolist() == finding.grade.nearest.rows["label"].tolist()
    assert "5 training cases that look most like it to the model are labelled" in texts(app)
    assert f"{finding.grade.nearest.percentile:.1f} % of all training cases" in texts(app)


def test_the_nearest_cases_are_pictures_where_the_data_set_is_in_use(
    finding, demo_run, phantom_root, tmp_path, monkeypatch
):
    monkeypatch.setenv("LSDC_DATA", str(phantom_root))
    table = load_label_table(phantom_root)
    data = demo_run.data | {"fingerprint": data_fingerprint(table, phantom_root)}
    run = create_run(tmp_path, demo_run.config, demo_run.record | {"data": data}, RunNotes())
    rows = rows_for_training(table, demo_run.config).head(5).reset_index(drop=True)
    nearest = Nearest(rows=rows.assign(label="Severe", distance=0.5), percentile=12.0, learned=True)

    app = opened(nearest_page, finding=replace(finding, run=run, grade=replace(finding.grade, nearest=nearest)))

    assert not app.dataframe
    assert len(app.get("image")) == 5
    assert "The first is this very point" in texts(app)
    assert "Severe" in texts(app)


def test_a_run_without_embeddings_says_so(finding):
    without = replace(finding, grade=replace(finding.grade, nearest=None))

    assert "has not kept" in texts(opened(nearest_page, finding=without))
