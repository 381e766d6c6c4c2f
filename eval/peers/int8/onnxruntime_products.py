"""ONNX Runtime on one thread: a graph of one node, weights constant in it, as a deployed network has them."""

# Installed only in an environment of its own (see environments.py), not where types are checked.
# pyright: reportMissingImports=false

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

PACKAGES = ("onnxruntime", "onnx")
DTYPE = "float32 or int8"
OPSET = 17
TYPES = {"float32": TensorProto.FLOAT, "uint8": TensorProto.UINT8, "int32": TensorProto.INT32}


def compile(kernel, inputs, weights, expected):
    floating, images = not kernel.endswith("Integer"), kernel.startswith("Conv")
    inputs = inputs.astype(np.float32 if floating else np.uint8)
    if floating:
        weights = weights.astype(np.float32)
    if images:
        inputs, weights = (inputs.transpose(0, 3, 1, 2), weights.transpose(3, 2, 0, 1))
        expected = expected.transpose(0, 3, 1, 2)
    inputs, weights = np.ascontiguousarray(inputs), np.ascontiguousarray(weights)
    session = session_of(kernel, inputs, weights, "float32" if floating else "int32", images)
    wrong = int(np.count_nonzero(session.run(None, {"inputs": inputs})[0] != expected))

    def step():
        session.run(None, {"inputs": inputs})
        return (wrong,)

    return step, None


def session_of(kernel, inputs, weights, output, images):
    settings = {"pads": [1, 1, 1, 1]} if images else {}
    graph = helper.make_graph(
        [helper.make_node(kernel, ["inputs", "weights"], ["product"], **settings)],
        "product",
        [helper.make_tensor_value_info("inputs", TYPES[inputs.dtype.name], inputs.shape)],
        [helper.make_tensor_value_info("product", TYPES[output], None)],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
