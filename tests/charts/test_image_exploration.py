"""Charts of images are of what they say they are of."""

import pandas as pd
import pydicom
import pytest

from lsdc.charts.image_exploration import geometry, scanners
from lsdc.charts.titled import NoChart
from lsdc.dataset.headers import scan_headers
from lsdc.dataset.phantom import write_phantom


@pytest.fixture
def series():
    """Of three studies: one with two axial series, one without a sagittal one."""
    named = [(1, "Axial T2"), (1, "Axial T2"), (1, "Sagittal T1"), (2, "Axial T2"), (2, "Sagittal T1"), (3, "Axial T2")]
    table = pd.DataFrame(named, columns=["study_id", "series_description"])
    return table.assign(slices=12, size="320 × 320", spacing_mm=0.5, distance_mm=float("nan"))


@pytest.fixture
def no_points():
    return pd.DataFrame({"level": [], "to_axis": [], "to_spine": []})


def test_every_study_is_counted_once_for_each_sequence(series, no_points, drawn):
    of_study, *_ = geometry(series, no_points)
    (counts,) = drawn(of_study.chart)

    assert counts.set_index(["series_description", "series"])["studies"].to_dict() == {
        ("Axial T2", 1): 2,
        ("Axial T2", 2): 1,
        ("Sagittal T1", 0): 1,
        ("Sagittal T1", 1): 2,
    }
    assert of_study.sentence.startswith("Of 3 studies: 1 with several Axial T2 series; 1 without Sagittal T1.")
    assert of_study.chart.to_dict()["layer"][0]["encoding"]["x"]["title"] == "studies"


def test_what_the_headers_do_not_tell_has_no_chart_and_says_why(series, no_points):
    absent = {titled.title: titled.reason for titled in geometry(series, no_points) if isinstance(titled, NoChart)}

    assert absent == {
        "Distance of slices": "The headers of these series do not tell.",
        "Tilt of axial slices": "None of these points is on an axial slice that says how it lies.",
    }


@pytest.fixture(scope="module")
def told_headers(tmp_path_factory):
    """The headers of four studies: two by one scanner, one by another, and one that does not say."""
    folder = tmp_path_factory.mktemp("scanners")
    write_phantom(folder / "phantom", studies=4, seed=2, image_px=32, workers=1)
    scanners = [("SIEMENS", "Avanto", 1.5), ("SIEMENS", "Avanto", 1.5), ("GE MEDICAL SYSTEMS", "SIGNA Premier", 3)]
    studies = sorted((folder / "phantom" / "train_images").iterdir())
    for study, (manufacturer, model, tesla) in zip(studies, scanners, strict=False):
        # One file of each series: a study is said to be of the scanner that any of its headers names.
        for image in (sorted(series.glob("*.dcm"))[0] for series in study.iterdir()):
            dataset = pydicom.dcmread(image)
            dataset.Manufacturer, dataset.ManufacturerModelName = manufacturer, model
            dataset.MagneticFieldStrength = tesla
            dataset.save_as(image)
    return scan_headers(folder / "phantom", folder / "scans", workers=1, report=lambda _done, _all: None)


def test_studies_are_counted_by_what_their_headers_say_took_them(told_headers, drawn):
    charts = {titled.title: titled for titled in scanners(told_headers)}
    counted = {
        title: dict(drawn(titled.chart)[0][["value", "count"]].itertuples(index=False, name=None))
        for title, titled in charts.items()
    }

    assert counted == {
        "Manufacturer": {"SIEMENS": 2, "GE MEDICAL SYSTEMS": 1, "not said": 1},
        "Model": {"Avanto": 2, "SIGNA Premier": 1, "not said": 1},
        "Field strength, tesla": {"1.5": 2, "3": 1, "not said": 1},
    }
    said = charts["Model"].sentence
    assert said == "Avanto is the most frequent: 2 of 4 studies. Of 1 the headers do not say it."


def test_headers_that_say_nothing_of_the_scanner_give_no_chart(told_headers):
    assert scanners(told_headers.assign(manufacturer=None, scanner=None, field_strength_t=float("nan"))) == []


def test_rare_scanners_are_counted_together(drawn):
    several = pd.DataFrame({"study_id": range(20), "scanner": [f"Model {number}" for number in range(20)]})
    several = several.assign(manufacturer=None, field_strength_t=float("nan"))
    (titled,) = scanners(several)

    (counts,) = drawn(titled.chart)
    assert len(counts) == 13
    assert counts.iloc[-1][["value", "count"]].tolist() == ["others", 8]
