"""From a finished run to a grade."""

from dataclasses import replace

import numpy as np
import pytest

from lsdc.dataset.dicom import decode_slice
from lsdc.dataset.geometry import PixelPoint
from lsdc.errors import ConfigError, ExportError, PointOutsideImageError, UnsupportedImageError
from lsdc.labels import Condition, Level, Severity, Side
from lsdc.prediction.grader import load_grader
from lsdc.runs import RunFolder

LEFT_SUBARTICULAR = {"condition": Condition.SUBARTICULAR_STENOSIS, "side": Side.LEFT}


@pytest.fixture
def test_row(trained_run, phantom_root):
    """A row of the run's test split, with its slice decoded from the bytes of its file, as an upload is."""
    row = trained_run.predictions().query("split == 'test'").iloc[0]
    path = phantom_root / f"train_images/{row.study_id}/{row.series_id}/{row.instance_number}.dcm"
    return row, decode_slice(path.read_bytes())


@pytest.mark.parametrize("which", ["trained_run", "whole_slice_run"])
def test_a_training_row_graded_from_its_file_gets_the_stored_probabilities(request, which, phantom_root):
    run = request.getfixturevalue(which)
    grader = load_grader(run)
    for row in run.predictions().query("split != 'train'").itertuples():
        path = phantom_root / f"train_images/{row.study_id}/{row.series_id}/{row.instance_number}.dcm"
        grade = grader.grade(
            decode_slice(path.read_bytes()),
            PixelPoint.from_xy(row.x, row.y),
            level=Level(row.level),
            **LEFT_SUBARTICULAR,
        )

        stored = [getattr(row, severity.probability_column) for severity in Severity]
        np.testing.assert_allclose(list(grade.probabilities.values()), stored, atol=1e-4)
        assert grade.severity == list(Severity)[int(np.argmax(stored))]


def test_a_point_outside_the_image_is_refused(trained_run, test_row):
    _, image = test_row

    with pytest.raises(PointOutsideImageError):
        load_grader(trained_run).grade(image, PixelPoint(row=1e4, col=0), level=Level.L4_L5, **LEFT_SUBARTICULAR)


@pytest.mark.parametrize(
    "wrong",
    [{"side": Side.RIGHT}, {"condition": Condition.NEURAL_FORAMINAL_NARROWING}],
)
def test_what_the_run_did_not_learn_is_refused(trained_run, test_row, wrong):
    row, image = test_row

    with pytest.raises(ConfigError, match="did not learn"):
        load_grader(trained_run).grade(
            image, PixelPoint.from_xy(row.x, row.y), level=Level.L4_L5, **(LEFT_SUBARTICULAR | wrong)
        )


def test_a_crop_in_millimetres_needs_a_spacing(trained_run, test_row):
    row, image = test_row

    with pytest.raises(UnsupportedImageError, match="millimetres"):
        load_grader(trained_run).grade(
            replace(image, spacing_mm=None), PixelPoint.from_xy(row.x, row.y), level=Level.L4_L5, **LEFT_SUBARTICULAR
        )


def test_a_phantom_model_doubts_its_answer_on_a_patients_image(trained_run, test_row):
    row, image = test_row

    def warnings(shown):
        point = PixelPoint.from_xy(row.x, row.y)
        return load_grader(trained_run).grade(shown, point, level=Level.L4_L5, **LEFT_SUBARTICULAR).warnings

    assert warnings(image) == ()
    assert any("SYNTHETIC" in warning for warning in warnings(replace(image, synthetic=False)))
    assert any("does not say how it lies" in warning for warning in warnings(replace(image, plane=None)))


def test_a_run_without_an_exported_network_says_so(trained_run, tmp_path):
    (tmp_path / "config.json").write_bytes((trained_run.path / "config.json").read_bytes())

    with pytest.raises(ExportError, match="no exported network"):
        load_grader(RunFolder(tmp_path))


def test_a_damaged_network_says_so(trained_run, tmp_path):
    (tmp_path / "config.json").write_bytes((trained_run.path / "config.json").read_bytes())
    (tmp_path / "model.onnx").write_bytes(trained_run.onnx_path.read_bytes()[:1000])

    with pytest.raises(ExportError, match="cannot be loaded"):
        load_grader(RunFolder(tmp_path))
