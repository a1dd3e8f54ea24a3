"""Audit and exploration on the command line."""

import json
import re
import shutil

import pandas as pd
import pytest
from typer.testing import CliRunner

from lsdc.charts.exploration_page import Exploration, exploration_page
from lsdc.cli.app import app
from lsdc.cli.audit import read_headers
from lsdc.cli.explored_images import explore_images
from lsdc.config import SplitStrategy
from lsdc.dataset.audit import KINDS, TABLE_KINDS, AuditFinding
from lsdc.dataset.audit.finding import cases
from lsdc.dataset.challenge_files import POINTS_FILE, read_grades
from lsdc.dataset.phantom import write_phantom
from lsdc.dataset.reviews import Review
from lsdc.dataset.tables import load_label_table, one_row_per_grade
from lsdc.errors import ConfigError, MissingFileError
from lsdc.labels import Condition


@pytest.fixture
def call(empty_artifacts):
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def spoilt_root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spoilt") / "phantom"
    write_phantom(folder, studies=2, seed=4, image_px=32, defects={"wrong_level": 1, "duplicate_image": 1}, workers=1)
    return folder


@pytest.fixture
def tables(spoilt_root, tmp_path):
    """Tables alone, whose first study has a condition that is graded and not marked."""
    folder = tmp_path / "tables"
    folder.mkdir()
    for table in spoilt_root.glob("train*.csv"):
        shutil.copy(table, folder)
    points = pd.read_csv(folder / POINTS_FILE)
    first = (points["study_id"] == points["study_id"][0]) & (points["condition"] == points["condition"][0])
    points[~first].to_csv(folder / POINTS_FILE, index=False)
    return folder


def test_the_exit_code_tells_of_errors_and_warnings_as_asked(call, spoilt_root, tmp_path):
    write_phantom(tmp_path / "clean", studies=1, seed=4, image_px=32, workers=1)

    assert call("audit", "--data", spoilt_root).exit_code == 3
    assert call("audit", "--data", spoilt_root, "--fail-on", "never").exit_code == 0
    assert call("audit", "--data", tmp_path / "clean", "--fail-on", "warning").exit_code == 0


def test_a_script_reads_the_findings_and_training_the_review(call, spoilt_root, tmp_path):
    result = call("audit", "--data", spoilt_root, "--json", "--csv", tmp_path / "a.csv", "--cases", tmp_path / "c.csv")

    answer = json.loads(result.stdout)
    kinds = {finding["kind"]: finding for finding in answer["findings"]}
    planted = pd.read_csv(spoilt_root / "defects.csv").set_index("defect").loc["wrong_level"]
    assert kinds["wrong_level"]["importance"] == "error"
    assert kinds["wrong_level"]["rows"][0]["study_id"] == planted["study_id"]
    assert kinds["duplicate_image"]["count"] == 2
    review = Review.read(tmp_path / "a.csv")
    review.refuse_unknown_labels(load_label_table(spoilt_root))
    assert review.table["level"].tolist() == [planted["level"]]
    assert len(pd.read_csv(tmp_path / "c.csv")) == sum(finding["count"] for finding in answer["findings"])


@pytest.fixture(scope="module")
def report(spoilt_root, tmp_path_factory):
    out = tmp_path_factory.mktemp("report") / "report.html"
    assert CliRunner().invoke(app, ["explore", "--data", str(spoilt_root), "--out", str(out)]).exit_code == 0
    return out.read_text()


def test_a_report_is_one_page_that_asks_for_no_other_file(report):
    words, *scripts = report.split("<script")

    assert "SYNTHETIC" in words
    assert "Point at another level" in words
    assert set(re.findall(r'src="(.{11})', words)) == {"data:image/"}
    assert not any(reference in words for reference in ("<link", "url("))
    assert [script.partition(">")[0].strip() for script in scripts[:1]] == ['type="application/json" id="specs"']


def test_a_report_holds_what_the_page_shows(report, spoilt_root):
    for title in ("Levels that go together", "Tilt of axial slices", "Where the points lie on the image, by severity"):
        assert f"<h3>{title}</h3>" in report
    # Two studies are too few for some strategies, of which the report says so.
    assert all(f"<h3>{strategy}</h3>" in report for strategy in SplitStrategy)
    assert report.count("Mean crop of each grade") == len(Condition)
    assert "The files do not say what took them" in report
    # The help: three planes and nine crops.
    assert len(re.findall(r"alt=.A phantom|alt=.[A-Z][a-z ]+, (?:Normal/Mild|Moderate|Severe)\.", report, re.I)) == 12
    cut = report.count("Study ")
    assert 0 < cut <= len(load_label_table(spoilt_root))
    assert len(report) < 4_000_000


def test_a_report_of_tables_alone_says_that_only_they_were_checked(call, tables):
    report = tables.with_name("report.html")

    assert call("explore", "--data", tables, "--out", report).exit_code == 0
    assert "only its tables were checked" in report.read_text()
    assert "Grade without a point (5)" in report.read_text().replace("</b>", "")


def test_tables_without_images_are_audited_and_the_rest_is_said_to_be_skipped(call, tables):
    told, answer = call("audit", "--data", tables), call("audit", "--data", tables, "--json")

    assert told.exit_code == 0
    assert "No images, so only the tables were checked: 0 errors" in told.stdout
    found = {finding["kind"]: finding["count"] for finding in json.loads(answer.stdout)["findings"]}
    assert found["grade_without_point"] == 5
    assert set(found) <= TABLE_KINDS
    assert json.loads(answer.stdout)["images"] == 0


def test_what_is_no_data_set_is_said_of_its_tables(call, tmp_path):
    result = call("audit", "--data", tmp_path / "nowhere")

    assert isinstance(result.exception, MissingFileError)
    assert "There is no folder" in result.exception.happened


def test_what_names_and_files_say_is_text_in_a_report(empty_artifacts, spoilt_root):
    table = load_label_table(spoilt_root)
    images = explore_images(spoilt_root, table, read_headers(spoilt_root))
    odd = cases(table.head(2).assign(detail="</script><b>odd"))
    found = [AuditFinding(kind=KINDS["wrong_level"], rows=odd)]

    grades = one_row_per_grade(read_grades(spoilt_root))
    page = exploration_page(
        Exploration(name="<b>phantom", synthetic=True, table=table, grades=grades, images=images, findings=found)
    )

    assert page.count("&lt;/script&gt;&lt;b&gt;odd") == 2
    assert "<h1>&lt;b&gt;phantom · SYNTHETIC</h1>" in page
    assert "<b>odd" not in page
    assert "<b>phantom" not in page


def test_a_report_is_html(call, spoilt_root, tmp_path):
    result = call("explore", "--data", spoilt_root, "--out", tmp_path / "report.pdf")

    assert isinstance(result.exception, ConfigError)
