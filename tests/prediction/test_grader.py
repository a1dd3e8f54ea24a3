"""From a finished run to a grade."""

import functools
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest

from lsdc.config import preset
from lsdc.dataset.dicom import decode_slice
from lsdc.dataset.geometry import PixelPoint
from lsdc.dataset.series import neighbours_among
from lsdc.dataset.tables import load_label_table
from lsdc.errors import ConfigError, ExportError, PointOutsideImageError, UnsupportedImageError
from lsdc.labels import Condition, Level, Severity, Side
from lsdc.prediction.grader import load_grader
from lsdc.runs import RunFolder, RunNotes, create_run
from lsdc.training.launch import describe_run
from lsdc.training.rows import read_rows

LEFT_SUBARTICULAR = {"condition": Condition.SUBARTICULAR_STENOSIS, "side": Side.LEFT}


@functools.cache
def decoded(folder):
    return {path.stem: decode_slice(path.read_bytes()) for path in folder.glob("*.dcm")}


def slices_of(row, root, count):
    """The slice of a row and its neighbours, decoded from the bytes of their files as uploads are."""
    images = decoded(root / f"train_images/{row.study_id}/{row.series_id}")
    return neighbours_among(list(images.values()), images[str(row.instance_number)], count)


def words_of(row):
    return {"condition": Condition(row.condition), "level": Level(row.level), "side": Side(row.side)}


@pytest.fixture
def test_row(trained_run, phantom_root):
    """A row of the run's test split, with its slice decoded from the bytes of its file, as an upload is."""
    row = trained_run.predictions().query("split == 'test'").iloc[0]
    (image,) = slices_of(row, phantom_root, 0)
    return row, image


@pytest.mark.parametrize("which", ["trained_run", "whole_slice_run", "trained_stack_run"])
def test_a_row_graded_from_its_files_gets_the_crops_of_training_and_the_stored_probabilities(
    request, which, phantom_root
):
    run = request.getfixturevalue(which)
    grader = load_grader(run)
    cache = read_rows(run, lambda done, total: None).cache
    stored = run.predictions().set_index(["series_id", "instance_number", "side", "level"])
    for place, row in enumerate(cache.index.itertuples()):
        slices = slices_of(row, phantom_root, run.config.neighbours)
        grade = grader.grade(slices, PixelPoint.from_xy(row.x, row.y), **words_of(row))

        np.testing.assert_array_equal(grade.stack, cache.pixels[place])
        assert list(grade.real) == cache.mask[place].tolist()
        expected = stored.loc[(row.series_id, row.instance_number, row.side, row.level)]
        probabilities = [expected[severity.probability_column] for severity in Severity]
        np.testing.assert_allclose(list(grade.probabilities.values()), probabilities, atol=1e-4)
        assert grade.severity == list(Severity)[int(np.argmax(probabilities))]


@pytest.fixture(scope="module")
def several_conditions_run(phantom_root, artifacts_root, tmp_path_factory):
    """An untrained run of all conditions and both sides, exported: what it sees matters here, not what it says."""
    from lsdc.models.build import build_grading_graph, build_network
    from lsdc.models.calibration import Calibration
    from lsdc.training.export import _sample, export_onnx

    config = preset("recommended").changed(
        conditions=tuple(Condition), image_px=16, neighbours=1, conv_filters=(4, 8), dense_units=(8,), balance=False
    )
    record = describe_run(config, preset="recommended", data_root=phantom_root)
    run = create_run(tmp_path_factory.mktemp("runs"), config, record, RunNotes())
    graph = build_grading_graph(build_network(config), Calibration())
    inputs = _sample(config)
    export_onnx(graph, run.onnx_path, {tensor.name: inputs[tensor.name] for tensor in graph.inputs})
    return run


def test_all_conditions_sides_and_planes_are_seen_alike_in_training_and_in_grading(
    several_conditions_run, phantom_root
):
    run = several_conditions_run
    grader = load_grader(run)
    rows = read_rows(run, lambda done, total: None)
    session = onnxruntime.InferenceSession(str(run.onnx_path))
    places = np.arange(0, len(rows.labels), 7)
    inputs = rows.inputs(places)
    (expected,) = session.run(["probabilities"], {wanted.name: inputs[wanted.name] for wanted in session.get_inputs()})
    for place, probabilities in zip(places, expected, strict=True):
        row = rows.cache.index.iloc[place]
        slices = slices_of(row, phantom_root, 1)
        grade = grader.grade(slices, PixelPoint.from_xy(row.x, row.y), **words_of(row))

        np.testing.assert_array_equal(grade.stack, rows.cache.pixels[place])
        assert list(grade.real) == rows.cache.mask[place].tolist()
        np.testing.assert_allclose(list(grade.probabilities.values()), probabilities, atol=1e-5)
    seen = rows.cache.index.iloc[places]
    assert set(seen["condition"]) == {condition.value for condition in Condition}
    assert set(seen["side"]) == {side.value for side in Side}


@pytest.fixture
def stack_row(trained_stack_run, phantom_root):
    """A row of the run on stacks that has both neighbours, and its slices."""
    for row in trained_stack_run.predictions().itertuples():
        slices = slices_of(row, phantom_root, 1)
        if None not in slices:
            return row, slices
    raise AssertionError("No row has both neighbours.")


def test_the_attention_of_a_stack_sums_to_one(trained_stack_run, stack_row):
    row, slices = stack_row

    grade = load_grader(trained_stack_run).grade(slices, PixelPoint.from_xy(row.x, row.y), **words_of(row))

    assert (grade.num_slices, grade.num_real) == (3, 3)
    assert grade.stack.shape == (3, 16, 16)
    assert sum(grade.attention) == pytest.approx(1, abs=1e-5)


def test_one_slice_alone_is_graded_and_has_all_the_attention(trained_stack_run, stack_row):
    row, (_, own, _) = stack_row

    grade = load_grader(trained_stack_run).grade([None, own, None], PixelPoint.from_xy(row.x, row.y), **words_of(row))

    assert grade.real == (False, True, False)
    assert grade.attention == (0, 1, 0)
    np.testing.assert_array_equal(grade.stack, grade.stack[[1, 1, 1]])


def test_a_network_of_one_slice_has_no_attention(trained_run, test_row):
    row, image = test_row

    grade = load_grader(trained_run).grade([image], PixelPoint.from_xy(row.x, row.y), **words_of(row))

    assert grade.attention is None
    assert grade.num_slices == grade.num_real == 1


def test_a_mirrored_sagittal_stack_runs_backwards_and_says_which_slice_is_which(trained_stack_run, phantom_root):
    table = load_label_table(phantom_root)
    row = next(
        row
        for row in table.query("condition == 'neural_foraminal_narrowing' and side == 'right'").itertuples()
        if None not in slices_of(row, phantom_root, 1)
    )
    slices = slices_of(row, phantom_root, 1)
    # Right-sided axial points are mirrored slice by slice; what runs backwards is a stack of sagittal slices.
    right = {"condition": Condition.SUBARTICULAR_STENOSIS, "level": Level(row.level), "side": Side.RIGHT}
    grader, point = load_grader(trained_stack_run), PixelPoint.from_xy(row.x, row.y)

    mirrored, plain = grader.grade(slices, point, **right), grader.grade(slices, point, **(right | {"side": Side.LEFT}))

    assert mirrored.reversed_order
    assert not plain.reversed_order
    np.testing.assert_array_equal(mirrored.stack[mirrored.given_order], plain.stack)
    assert any("sagittal slice" in warning for warning in mirrored.warnings)


def test_a_point_outside_the_image_is_refused(trained_run, test_row):
    _, image = test_row

    with pytest.raises(PointOutsideImageError):
        load_grader(trained_run).grade([image], PixelPoint(row=1e4, col=0), level=Level.L4_L5, **LEFT_SUBARTICULAR)


@pytest.mark.parametrize(
    "wrong",
    [{"side": Side.RIGHT}, {"condition": Condition.NEURAL_FORAMINAL_NARROWING}],
)
def test_what_the_run_did_not_learn_is_refused(trained_run, test_row, wrong):
    row, image = test_row

    with pytest.raises(ConfigError, match="did not learn"):
        load_grader(trained_run).grade(
            [image], PixelPoint.from_xy(row.x, row.y), level=Level.L4_L5, **(LEFT_SUBARTICULAR | wrong)
        )


def test_a_crop_in_millimetres_needs_a_spacing(trained_run, test_row):
    row, image = test_row

    with pytest.raises(UnsupportedImageError, match="millimetres"):
        load_grader(trained_run).grade(
            [replace(image, spacing_mm=None)], PixelPoint.from_xy(row.x, row.y), level=Level.L4_L5, **LEFT_SUBARTICULAR
        )


def test_a_phantom_model_doubts_its_answer_on_a_patients_image(trained_run, test_row):
    row, image = test_row

    def warnings(shown):
        point = PixelPoint.from_xy(row.x, row.y)
        return load_grader(trained_run).grade([shown], point, level=Level.L4_L5, **LEFT_SUBARTICULAR).warnings

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
