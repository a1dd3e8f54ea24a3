"""The images on the Explore page."""

import shutil

import pytest

from lsdc import settings
from lsdc.dataset.headers import scan_folder
from lsdc.dataset.scanning import main
from lsdc.files import write_text


@pytest.fixture
def open_images(open_page, empty_artifacts, monkeypatch):
    """Open a view of the tab, with the headers of the data set read."""

    def go(data_root, **address):
        assert main([str(data_root), str(scan_folder(data_root, settings.headers_root()))]) == 0
        app = open_page("explore")
        monkeypatch.setenv("LSDC_DATA", str(data_root))
        app.query_params.update({"tab": "images", **address})
        app.run()
        assert not app.exception
        assert not app.error
        return app

    return go


def test_points_are_shown_on_the_image_by_level_or_by_severity(open_images, phantom_root, words):
    app = open_images(phantom_root)
    by_level = words(app)
    app.button_group(key="explore_points_apart").set_value("Severity").run()

    assert "of the width" in by_level
    assert "mm of the middle of their image" in by_level
    assert not app.exception
    files = [button.proto.id for button in app.get("download_button")]
    assert len(files) == len(app.get("vega_lite_chart")) == 2
    assert all("points_" in name and "severity" in name for name in files)


def test_geometry_is_shown_and_the_filter_acts_on_it(open_images, phantom_root, words):
    everything = open_images(phantom_root, view="geometry")
    few = open_images(phantom_root, view="geometry", sequence="sagittal_t1")

    assert len(everything.get("vega_lite_chart")) == 6
    assert "against the patient's axis at the median" in words(everything)
    assert "Axial T2" in words(everything)
    assert "Axial T2" not in words(few)
    assert "None of these points is on an axial slice" in words(few)


def test_files_that_do_not_say_their_scanner_are_no_failure(open_images, phantom_root, words):
    app = open_images(phantom_root, view="scanner")

    assert "The files do not say what took them" in words(app)


def test_mean_crops_stand_for_each_grade_and_say_from_how_many(open_images, phantom_root, words):
    app = open_images(phantom_root, view="crops", condition="subarticular_stenosis")

    said = words(app)
    assert len(app.get("image")) == 3
    assert "drawn at random with a fixed seed, at most" in said
    assert "so it alone is no grader" in said
    assert "Subarticular Stenosis on Axial T2" in said


def test_crops_of_several_planes_are_never_averaged_together(open_images, phantom_root, words):
    app = open_images(phantom_root, view="crops")

    said = words(app)
    assert "a mean over several planes would show none of them" in said
    for kind in ("Spinal Canal Stenosis on Sagittal T2/STIR", "Neural Foraminal Narrowing on Sagittal T1"):
        assert kind in said
    assert len(app.get("image")) == 9
    assert len(app.get("vega_lite_chart")) == 3


def test_the_chosen_view_stands_in_the_address(open_images, phantom_root):
    app = open_images(phantom_root)

    app.button_group(key="explore_images_view").set_value("Scanner").run()
    scanner = app.query_params["view"]
    app.button_group(key="explore_images_view").set_value("Points").run()

    assert scanner == "scanner"
    assert "view" not in app.query_params


def test_a_data_set_without_images_says_so_in_every_view(open_page, phantom_root, tmp_path, monkeypatch, words):
    for path in phantom_root.iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path)
    app = open_page("explore")
    monkeypatch.setenv("LSDC_DATA", str(tmp_path))

    for view, said in {"points": "holds no images", "crops": "there are no crops"}.items():
        app.query_params.update({"tab": "images", "view": view})
        app.run()
        assert not app.exception
        assert said in words(app)


def test_unreadable_images_are_counted_and_the_others_shown(open_images, phantom_root, tmp_path, words):
    root = shutil.copytree(phantom_root, tmp_path / "damaged")
    for image in sorted((root / "train_images").iterdir())[0].rglob("*.dcm"):
        write_text(image, "no image")

    points = open_images(root)
    crops = open_images(root, view="crops", condition="spinal_canal_stenosis")

    assert "are on images that are missing or cannot be read" in words(points)
    assert len(points.get("vega_lite_chart")) == 2
    assert "could not be cut" in words(crops)
    assert len(crops.get("image")) == 3
