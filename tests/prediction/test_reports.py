"""From findings to files that leave the program."""

import base64
import csv
import io
import json
import logging
import os
import re
import shutil
import subprocess
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from highdicom.sr import srread
from pydicom.sr.codedict import codes

from lsdc.charts.palette import SEVERITY_COLORS
from lsdc.dataset.dicom import DicomSlice, PatientHeader, decode_slice
from lsdc.dataset.geometry import PixelPoint
from lsdc.errors import ReportError
from lsdc.labels import Condition, Level, Severity, Side
from lsdc.prediction.finding import Finding
from lsdc.prediction.grade import Grade
from lsdc.prediction.reports import Report, ReportFormat, make_report

PLANTED = (b"Zwonkowa", b"QX-7741", b"19470316", b"Brandt", b"A-99123", b"20190308")
# Nothing that a hospital's archive would refuse: private codes, and what only a DICOMDIR needs.
HARMLESS = re.compile("needed to build DICOMDIR|Unrecognized defined term <99LUMBAR>")


@pytest.fixture(scope="module")
def image(planted_slice) -> DicomSlice:
    return decode_slice(planted_slice())


@pytest.fixture
def find(demo_run, image):
    """A finding on a slice; what is not said is of the planted one."""

    def find(**changes) -> Finding:
        grade = Grade(
            severity=Severity.SEVERE,
            probabilities={Severity.NORMAL_MILD: 0.125, Severity.MODERATE: 0.25, Severity.SEVERE: 0.625},
            by_member={},
            nearest=None,
            stack=np.zeros((1, 4, 4), np.uint8),
            real=(True,),
            attention=None,
            reversed_order=False,
            warnings=("The point lies on the patient's left, and the right was asked for.",),
            milliseconds=3.0,
        )
        told = {
            "run": demo_run,
            "image": image,
            "point": PixelPoint(row=20.0, col=41.5),
            "condition": Condition.SUBARTICULAR_STENOSIS,
            "level": Level.L4_L5,
            "side": Side.RIGHT,
            "grade": grade,
            "sure": True,
        }
        return Finding(**(told | changes))

    return find


@pytest.fixture
def validate(tmp_path):
    """What the validator of the DICOM reports says of a file, line by line."""
    validator = shutil.which("dciodvfy")
    if validator is None:
        reason = "dciodvfy is not installed (Debian: apt-get install dicom3tools)."
        if os.environ.get("LSDC_REQUIRE_VALIDATOR"):
            pytest.fail(reason)
        pytest.skip(reason)

    def validate(content: bytes) -> list[str]:
        path = tmp_path / "report.dcm"
        path.write_bytes(content)
        answer = subprocess.run([validator, path], capture_output=True, text=True, check=False)
        return [line for line in answer.stderr.splitlines() if line.startswith(("Error", "Warning"))]

    return validate


def unpacked(content: bytes) -> bytes:
    """The bytes of a report with what is packed in it."""
    if content.startswith(b"PK"):
        archive = zipfile.ZipFile(io.BytesIO(content))
        return b"".join(archive.read(name) for name in archive.namelist())
    if content.startswith(b"%PDF"):
        streams = re.findall(rb"stream\r?\n(.*?)~>\s*endstream", content, re.DOTALL)
        return content + b"".join(zlib.decompress(base64.a85decode(stream)) for stream in streams)
    return content


def read(content: bytes) -> pydicom.Dataset:
    return pydicom.dcmread(io.BytesIO(content))


@pytest.mark.parametrize("report_format", ReportFormat)
def test_by_default_a_report_names_nobody(find, report_format):
    content = unpacked(make_report(Report(findings=(find(),)), report_format))

    assert [word for word in PLANTED if word in content] == []


@pytest.mark.parametrize("report_format", ReportFormat)
def test_with_identifiers_it_names_the_patient(find, report_format):
    content = unpacked(make_report(Report(findings=(find(),), with_identifiers=True), report_format))

    assert all(word in content for word in (b"Zwonkowa", b"QX-7741", b"A-99123"))
    assert b"Zwonkowa T2" not in content


@pytest.mark.parametrize("report_format", [ReportFormat.STRUCTURED, ReportFormat.CAPTURE])
def test_a_dicom_report_says_after_which_profile_its_identifiers_were_removed(find, report_format):
    removed = read(make_report(Report(findings=(find(),)), report_format))
    kept = read(make_report(Report(findings=(find(),), with_identifiers=True), report_format))

    assert removed.PatientIdentityRemoved == "YES"
    assert [code.CodeValue for code in removed.DeidentificationMethodCodeSequence] == ["113100", "113110"]
    assert removed.LongitudinalTemporalInformationModified == "REMOVED"
    assert "PatientIdentityRemoved" not in kept
    assert kept.PatientName == "Zwonkowa^Olga"
    assert kept.StudyDate == "20190308"


@pytest.mark.parametrize("with_identifiers", [False, True])
@pytest.mark.parametrize("report_format", [ReportFormat.STRUCTURED, ReportFormat.CAPTURE])
def test_a_dicom_report_stands_before_a_validator(find, validate, report_format, with_identifiers):
    findings = (find(), find(level=Level.L5_S1, sure=False))
    said = validate(make_report(Report(findings=findings, with_identifiers=with_identifiers), report_format))

    assert [line for line in said if not HARMLESS.search(line)] == []


def test_the_validator_finds_what_is_wrong(find, validate):
    broken = read(make_report(Report(findings=(find(),)), ReportFormat.STRUCTURED))
    del broken.CompletionFlag
    buffer = io.BytesIO()
    broken.save_as(buffer)

    assert any("CompletionFlag" in line for line in validate(buffer.getvalue()))


def test_a_structured_report_says_where_what_and_how_sure(find, image, demo_run, tmp_path):
    path = tmp_path / "report.dcm"
    path.write_bytes(make_report(Report(findings=(find(),)), ReportFormat.STRUCTURED))

    report = srread(path)
    (group,) = report.content.get_planar_roi_measurement_groups()
    (site,) = group.finding_sites
    (evaluation,) = group.get_qualitative_evaluations()
    probabilities = {measured.name.meaning: measured.value for measured in group.get_measurements()}
    assert group.finding_type.meaning == "Subarticular stenosis"
    assert site.value == codes.SCT.LevelOfL4L5IntervertebralDisc
    assert site.laterality == codes.SCT.Right
    assert (evaluation.name, evaluation.value) == (codes.SCT.Severity, codes.SCT.Severe)
    assert probabilities == {
        "Probability of Normal/Mild": 0.125,
        "Probability of Moderate": 0.25,
        "Probability of Severe": 0.625,
    }
    # Column before row; the centre of the first pixel is (0.5, 0.5).
    np.testing.assert_allclose(group.roi.value, [[42.0, 20.5]])
    (source,) = group.roi.ContentSequence[0].ReferencedSOPSequence
    assert source.ReferencedSOPInstanceUID == image.sop_instance_uid
    assert report.StudyInstanceUID == image.study_uid
    content = path.read_bytes()
    assert b"The point lies on the patient's left" in content
    assert demo_run.run_id.encode() in content


def test_a_run_that_cannot_tell_grades_nothing(find):
    report = Report(findings=(find(sure=False),))

    assert json.loads(make_report(report, ReportFormat.JSON))["findings"][0]["sure"] is False
    (line,) = csv.DictReader(io.StringIO(make_report(report, ReportFormat.CSV).decode("utf-8-sig")))
    assert (line["answer"], line["severity"]) == ("cannot tell", "Severe")
    assert b"cannot tell" in unpacked(make_report(report, ReportFormat.PDF))
    assert "Cannot tell" in str(read(make_report(report, ReportFormat.STRUCTURED)))
    assert "cannot tell" in read(make_report(report, ReportFormat.CAPTURE)).ImageComments


def test_a_frame_is_referred_to_by_its_number(find, image):
    frame = replace(image, frame_number=7, sop_class_uid=pydicom.uid.EnhancedMRImageStorage)
    report = Report(findings=(find(image=frame),))

    captured = read(make_report(report, ReportFormat.CAPTURE))
    structured = read(make_report(report, ReportFormat.STRUCTURED))

    assert captured.SourceImageSequence[0].ReferencedFrameNumber == 7
    assert re.search(r"Referenced Frame Number\s+IS: '7'", str(structured))


def test_the_capture_shows_a_ring_of_the_grade_around_the_point(find, image):
    captured = read(make_report(Report(findings=(find(),)), ReportFormat.CAPTURE))

    pixels, (rows, cols) = captured.pixel_array, image.pixels.shape
    red = np.array([int(SEVERITY_COLORS[Severity.SEVERE][at : at + 2], 16) for at in (1, 3, 5)])
    where = np.argwhere((pixels == red).all(axis=2))
    np.testing.assert_allclose(where.mean(axis=0), [20.5 / rows * 720, 42 / cols * 720], atol=1.5)
    assert captured.SourceImageSequence[0].ReferencedSOPInstanceUID == image.sop_instance_uid


def test_where_several_runs_graded_one_point_it_has_one_ring_of_what_they_agree_on(find):
    unlike = replace(find().grade, severity=Severity.MODERATE)

    def colors(*findings):
        shown = read(make_report(Report(findings=findings), ReportFormat.CAPTURE)).pixel_array
        return {tuple(color) for color in shown.reshape(-1, 3).tolist() if max(color) - min(color) > 60}

    assert colors(find(), find()) == colors(find()) != set()
    assert colors(find(), find(grade=unlike)) == set()


def test_of_several_slices_each_is_captured(find, image):
    other = replace(image, sop_instance_uid=f"{image.sop_instance_uid}.1")
    report = Report(findings=(find(), find(image=other), find(level=Level.L5_S1)))

    archive = zipfile.ZipFile(io.BytesIO(make_report(report, ReportFormat.CAPTURE)))
    comments = [read(archive.read(name)).ImageComments for name in archive.namelist()]

    assert ReportFormat.CAPTURE.file_name(report).endswith(".zip")
    assert [re.findall(r"(\d)\. Sub", comment) for comment in comments] == [["1", "3"], ["2"]]


@pytest.mark.parametrize("field", ["study_uid", "series_uid", "sop_class_uid", "sop_instance_uid"])
@pytest.mark.parametrize("value", ["", "no uid", "1.2\n", "1." * 40 + "1"])
def test_an_image_without_uids_is_reported_in_all_formats_that_refer_to_none(find, image, field, value):
    report = Report(findings=(find(image=replace(image, **{field: value})),))

    for report_format in ReportFormat:
        if report_format.has_references:
            with pytest.raises(ReportError, match="no valid S") as caught:
                make_report(report, report_format)
            assert "PDF" in caught.value.fix
        else:
            assert make_report(report, report_format)


def test_an_image_of_another_kind_is_not_referred_to(find, image):
    report = Report(findings=(find(image=replace(image, sop_class_uid="1.2.3.4")),))

    assert make_report(report, ReportFormat.PDF)
    with pytest.raises(ReportError, match=r"SOP class 1\.2\.3\.4"):
        make_report(report, ReportFormat.STRUCTURED)


@pytest.mark.parametrize(
    ("rows", "columns", "orientation"),
    [((0.83, 0.56, 0), (0, 0, -1), ["LP", "F"]), ((1, 0, 0), (0, 0.83, -0.56), ["L", "PF"]), (None, None, "")],
)
def test_the_capture_of_a_tilted_or_unplaced_slice_says_how_it_lies(find, image, validate, rows, columns, orientation):
    plane = rows and replace(image.plane, row_cosines=np.array(rows), column_cosines=np.array(columns))

    content = make_report(Report(findings=(find(image=replace(image, plane=plane)),)), ReportFormat.CAPTURE)

    assert read(content).PatientOrientation == orientation
    assert [line for line in validate(content) if not HARMLESS.search(line)] == []


@pytest.mark.parametrize("with_identifiers", [False, True])
@pytest.mark.parametrize(
    "other", [{"study_uid": "1.2.3"}, {"patient": PatientHeader(patient_id="QX-7742")}], ids=["study", "patient"]
)
def test_findings_of_several_studies_or_patients_are_no_report(find, image, other, with_identifiers):
    findings = (find(), find(image=replace(image, **other)))

    with pytest.raises(ReportError, match="several patients or studies"):
        Report(findings=findings, with_identifiers=with_identifiers)


def test_without_findings_there_is_no_report():
    with pytest.raises(ReportError, match="nothing to report"):
        Report(findings=())


@pytest.mark.parametrize("report_format", ReportFormat)
def test_phantoms_are_marked_in_every_format(find, image, report_format):
    phantom = make_report(Report(findings=(find(image=replace(image, synthetic=True)),)), report_format)
    patients = make_report(Report(findings=(find(),)), report_format)

    def marks(content):
        if report_format is ReportFormat.CSV:
            (line,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
            return line["synthetic"] == "True"
        if report_format is ReportFormat.JSON:
            return json.loads(content)["synthetic"]
        return b"SYNTHETIC: the image" in unpacked(content)

    assert marks(phantom)
    assert not marks(patients)


@pytest.mark.parametrize("report_format", ReportFormat)
def test_every_format_says_that_it_is_for_research_only(find, report_format):
    assert b"Research use only" in unpacked(make_report(Report(findings=(find(),)), report_format))


def test_the_table_computes_nothing_when_somebody_opens_it(find, planted_slice):
    image = decode_slice(planted_slice(PatientName="=1+1"))

    (line,) = csv.DictReader(
        io.StringIO(
            make_report(Report(findings=(find(image=image),), with_identifiers=True), ReportFormat.CSV).decode(
                "utf-8-sig"
            )
        )
    )

    assert line["name"] == "'=1+1"


@pytest.mark.parametrize("report_format", ReportFormat)
def test_a_header_outside_the_standard_is_reported_without_its_bad_values_and_without_a_word(
    find, image, report_format, caplog, capfd
):
    odd = replace(image.patient, birth_date="spring Zwonkowa", sex="Zwonkowa", study_date="x", name="Zwonkowa 山田")
    caplog.set_level(logging.DEBUG)

    report = Report(findings=(find(image=replace(image, patient=odd)),), with_identifiers=True)
    content = make_report(report, report_format)

    assert content
    assert "Zwonkowa" not in caplog.text + "".join(capfd.readouterr())
    if report_format.has_references:
        assert read(content).PatientBirthDate == ""


def test_two_reports_of_the_same_findings_are_the_same_pdf(find):
    report = Report(findings=(find(),))

    assert make_report(report, ReportFormat.PDF) == make_report(report, ReportFormat.PDF)


def test_a_pdf_of_many_findings_has_many_pages(find):
    findings = tuple(
        find(level=level, side=side) for _ in range(4) for level in Level for side in (Side.LEFT, Side.RIGHT)
    )

    content = make_report(Report(findings=findings), ReportFormat.PDF)

    assert len(re.findall(rb"/Type /Page\b", content)) > 5


def test_files_are_not_named_after_anybody(find):
    report = Report(findings=(find(),), with_identifiers=True)

    names = [report_format.file_name(report) for report_format in ReportFormat]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"lumbar-report(-\w+)?\.(pdf|json|csv|dcm)", name) for name in names)
    assert all(Path(name).name == name for name in names)
