"""What stands below the grades: reports to take away, and the nearest training cases."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from lsdc.dataset.dicom import decode_slice, read_slice
from lsdc.dataset.geometry import PixelPoint
from lsdc.dataset.tables import load_label_table, rows_for_training
from lsdc.labels import Condition, Level, Side
from lsdc.prediction.finding import Finding
from lsdc.prediction.grader import load_grader
from lsdc.prediction.reports import ReportFormat


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
def grade():
    """A finding of a run on a slice that lies alone."""

    def grade(run, image, point, level=Level.L4_L5, side=Side.LEFT) -> Finding:
        alone = [None] * run.config.neighbours
        place = {"condition": Condition.SUBARTICULAR_STENOSIS, "level": level, "side": side}
        answer = load_grader(run).grade([*alone, image, *alone], point, **place)
        return Finding(run=run, image=image, point=point, **place, grade=answer, sure=True)

    return grade


@pytest.fixture(scope="module")
def finding(grade, demo_run, planted_slice):
    return grade(demo_run, decode_slice(planted_slice()), PixelPoint(row=30, col=30))


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
    assert "of the 5 training cases that look most like it" in texts(app)


@pytest.mark.trains
def test_the_nearest_cases_are_pictures_where_the_data_set_is_in_use(
    grade, trained_stack_run, phantom_root, monkeypatch
):
    monkeypatch.setenv("LSDC_DATA", str(phantom_root))
    rows = rows_for_training(load_label_table(phantom_root), trained_stack_run.config)
    learned = trained_stack_run.embeddings().iloc[0]
    keys = ["study_id", "series_id", "instance_number", "condition", "side", "level"]
    row = rows.merge(learned[keys].to_frame().T.astype(rows[keys].dtypes), on=keys).iloc[0]
    found = grade(
        trained_stack_run,
        read_slice(phantom_root / row["image"]),
        PixelPoint.from_xy(row["x"], row["y"]),
        Level(row["level"]),
        Side(row["side"]),
    )

    app = opened(nearest_page, finding=found)

    assert not app.dataframe
    assert len(app.get("imgs")) == 5


def test_a_run_without_embeddings_says_so(finding):
    without = replace(finding, grade=replace(finding.grade, nearest=None))

    assert "has not kept" in texts(opened(nearest_page, finding=without))
