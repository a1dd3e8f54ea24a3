"""A run whose network is known by heart, so that what is said of it can be checked."""

import onnx
import pytest
from onnx import TensorProto, helper

from lsdc.config import preset
from lsdc.runs import RunNotes, create_run

# The square of the image that the network looks at, in pixels of 1 mm; of a bright one it says Severe.
LOOKED_AT = slice(8, 16)
STEEPNESS = 40.0


@pytest.fixture(scope="session")
def make_looking_run():
    """Runs whose network compares the mean of its crop's middle, in all its slices, with a threshold."""

    def make(root, *, threshold=0.5, **changes):
        config = preset("recommended").changed(**{"neighbours": 0, "image_px": 24, "crop_mm": 24.0} | changes)
        data = {"name": "none", "root": "", "fingerprint": "0", "synthetic": False, "rows": 0, "studies": 0}
        run = create_run(root, config, {"preset": "recommended", "data": data}, RunNotes())
        onnx.save(_looking_network(config.crop.num_slices, threshold), run.onnx_path)
        return run

    return make


@pytest.fixture(scope="session")
def looking_run(tmp_path_factory, make_looking_run):
    """A run on one slice of 24 px and 24 mm."""
    return make_looking_run(tmp_path_factory.mktemp("runs"))


def _looking_network(slices: int, threshold: float) -> onnx.ModelProto:
    first, last = LOOKED_AT.start, LOOKED_AT.stop
    constants = {"first": [first, first], "last": [last, last], "axes": [2, 3]}
    numbers = {"threshold": threshold, "steepness": STEEPNESS, "one": 1.0, "zero": 0.0}
    tensors = [helper.make_tensor(name, TensorProto.INT64, [2], values) for name, values in constants.items()]
    tensors.append(helper.make_tensor("across", TensorProto.INT64, [1], [1]))
    tensors += [helper.make_tensor(name, TensorProto.FLOAT, [1, 1], [value]) for name, value in numbers.items()]
    nodes = [
        helper.make_node("Slice", ["image", "first", "last", "axes"], ["square"]),
        helper.make_node("ReduceMean", ["square", "axes"], ["by_slice"], keepdims=0),
        helper.make_node("ReduceMean", ["by_slice", "across"], ["all"], keepdims=1),
        helper.make_node("Sub", ["all", "threshold"], ["brighter"]),
        helper.make_node("Mul", ["brighter", "steepness"], ["steep"]),
        helper.make_node("Sigmoid", ["steep"], ["severe"]),
        helper.make_node("Sub", ["one", "severe"], ["normal"]),
        helper.make_node("Mul", ["severe", "zero"], ["moderate"]),
        helper.make_node("Concat", ["normal", "moderate", "severe"], ["probabilities"], axis=1),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["rows", slices, 24, 24])
    probabilities = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["rows", 3])
    graph = helper.make_graph(nodes, "looking", [image], [probabilities], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
