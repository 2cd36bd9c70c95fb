"""Writes small models of older operator sets, one a case, to be joined and compared: old-models.py FOLDER.

FOLDER/NAME.onnx, and FOLDER/cases.json: inputs with their values, and outputs with their types, by NAME.
"""

import json
import sys

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper, save

folder = sys.argv[1]
onnxruntime.set_default_logger_severity(3)
random = np.random.default_rng(7)
cases = {}


def node(kind, inputs, outputs, **attributes):
    return helper.make_node(kind, inputs.split(" "), outputs.split(" "), **attributes)


def case(name, opset, shape, nodes, stored={}, outputs=("y",), functions=(), domains={}, kind=np.float32, of=np.float32):
    """`nodes` make `outputs` of x, random numbers of `shape`."""
    x = (random.normal(size=shape) * 3).astype(kind) if kind != np.uint8 else random.integers(0, 256, shape, np.uint8)
    types = {np.float32: TensorProto.FLOAT, np.uint8: TensorProto.UINT8, np.int64: TensorProto.INT64}
    free = [f"side{at}" for at in range(len(shape))]
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("x", types[kind], free)],
        [helper.make_tensor_value_info(output, types[of], None) for output in outputs],
        [numpy_helper.from_array(np.asarray(value), key) for key, value in stored.items()],
    )
    imports = [helper.make_opsetid("", opset), *[helper.make_opsetid(*each) for each in domains.items()]]
    model = helper.make_model(graph, opset_imports=imports, functions=list(functions), ir_version=8)
    save(model, f"{folder}/{name}.onnx")
    answers = onnxruntime.InferenceSession(f"{folder}/{name}.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": x})
    cases[name] = {"opset": opset, "shape": list(shape), "x": x.ravel().tolist(), "type": x.dtype.name,
                   "outputs": list(outputs), "of": np.dtype(of).name,
                   "ranks": [answer.ndim for answer in answers]}


def whole(*values):
    return np.array(values, np.int64)


def half(*values):
    return np.array(values, np.float32)


# Axes that were attributes.
for kind in ["L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "SumSquare", "Sum"]:
    before = [node("Abs", "x", "a")]
    for opset in (11, 12, 13, 17):
        if kind == "Sum" and opset >= 13:
            nodes = [*before, node("ReduceSum", "a axes", "y", keepdims=0)]
            case(f"reduce{kind}-{opset}", opset, (2, 3, 4, 5), nodes, {"axes": whole(1, -1)})
            continue
        nodes = [*before, node(f"Reduce{kind}", "a", "y", axes=[1, -1], keepdims=0)]
        case(f"reduce{kind}-{opset}", opset, (2, 3, 4, 5), nodes)
    case(f"reduce{kind}-all", 11, (2, 3, 4), [*before, node(f"Reduce{kind}", "a", "y")])
case("squeeze", 11, (2, 1, 3, 1), [node("Squeeze", "x", "y", axes=[1, -1])])
case("squeeze-all", 12, (2, 1, 3, 1), [node("Squeeze", "x", "y")])
case("unsqueeze", 12, (2, 3), [node("Unsqueeze", "x", "y", axes=[0, 3])])
# Parts.
case("split", 11, (2, 7, 3), [node("Split", "x", "a b", axis=1, split=[2, 5])], outputs=("a", "b"))
case("split-equal", 12, (2, 6, 3), [node("Split", "x", "a b c", axis=-2)], outputs=("a", "b", "c"))
case("split-equal-13", 13, (2, 6, 3), [node("Split", "x", "a b", axis=1)], outputs=("a", "b"))
case("split-13", 17, (2, 7), [node("Split", "x parts", "a b", axis=1)], {"parts": whole(1, 6)}, ("a", "b"))
# The softmax of all axes from one on.
for kind in ["Softmax", "LogSoftmax", "Hardmax"]:
    for axis in (None, 0, 1, 2, -1, -2):
        attributes = {} if axis is None else {"axis": axis}
        case(f"{kind}-{axis}", 12, (2, 3, 4), [node(kind, "x", "y", **attributes)])
    case(f"{kind}-13", 13, (2, 3, 4), [node(kind, "x", "y", axis=1)])
case("softmax-none", 11, (2, 0, 4), [node("Softmax", "x", "y", axis=1)])
case("dropout", 11, (2, 3), [node("Dropout", "x", "y", ratio=0.3)])
case("dropout-12", 12, (2, 3), [node("Dropout", "x r", "y")], {"r": np.float32(0.4)})
scale = {"s": half(1, 2, 3), "b": half(0, 1, -1), "m": half(0.5, 0, 1), "v": half(1, 2, 4)}
for opset in (11, 14, 15):
    case(f"normal-{opset}", opset, (2, 3, 4, 4), [node("BatchNormalization", "x s b m v", "y", epsilon=1e-3)], scale)
# Resize: what is not used is empty before 13.
none = np.zeros(0, np.float32)
corners = half(0, 0, 0.2, 0.3, 1, 1, 0.8, 0.9)
modes = [("half_pixel", "linear"), ("align_corners", "cubic"), ("asymmetric", "nearest"), ("pytorch_half_pixel", "linear")]
for how, mode in modes:
    for opset in (11, 13, 18):
        by = {"mode": mode, "coordinate_transformation_mode": how, "nearest_mode": "floor"}
        left_out = opset > 11
        stored = {"scales": half(1, 1, 2, 1.5)} if left_out else {"roi": none, "scales": half(1, 1, 2, 1.5)}
        roi = "" if left_out else "roi"
        case(f"resize-{how}-{opset}", opset, (1, 2, 4, 6), [node("Resize", f"x {roi} scales", "y", **by)], stored)
        stored = {"sizes": whole(1, 2, 9, 5)} if left_out else {"roi": none, "none": none, "sizes": whole(1, 2, 9, 5)}
        inputs = "x   sizes" if left_out else "x roi none sizes"
        case(f"resize-to-{how}-{opset}", opset, (1, 2, 4, 6), [node("Resize", inputs, "y", **by)], stored)
crop = {"mode": "linear", "coordinate_transformation_mode": "tf_crop_and_resize", "extrapolation_value": 2.0}
stored = {"roi": corners, "none": none, "sizes": whole(1, 2, 4, 4)}
case("resize-crop", 11, (1, 2, 8, 8), [node("Resize", "x roi none sizes", "y", **crop)], stored)
rois = {"rois": half(0, 0, 5, 4, 1, 2, 7, 7).reshape(2, 4), "where": whole(0, 1)}
for opset in (11, 16):
    nodes = [node("RoiAlign", "x rois where", "y", output_height=3, output_width=2, sampling_ratio=2)]
    case(f"regions-{opset}", opset, (2, 3, 8, 8), nodes, rois)
for opset, axis in ((17, 1), (17, None), (19, 2)):
    attributes = {} if axis is None else {"axis": axis}
    case(f"transform-{opset}-{axis}", opset, (1, 4, 6, 1), [node("DFT", "x", "y", **attributes)])
grid = random.uniform(-1.2, 1.2, (1, 3, 4, 2)).astype(np.float32)
for mode in (None, "bilinear", "nearest", "bicubic"):
    attributes = {} if mode is None else {"mode": mode}
    case(f"grid-{mode}", 16, (1, 2, 5, 6), [node("GridSample", "x g", "y", padding_mode="border", **attributes)], {"g": grid})
case("groups", 18, (2, 6, 3, 3), [node("GroupNormalization", "x s b", "y", num_groups=3)], {"s": half(1, 2, 3), "b": half(0, 5, -5)})
# The same meaning under more types: what encoders are made of.
conv = {"w": random.normal(size=(4, 3, 3, 3)).astype(np.float32), "b": half(1, 2, 3, 4)}
case("conv", 11, (2, 3, 8, 8), [node("Conv", "x w b", "c", pads=[1, 1, 1, 1]), node("Relu", "c", "r"), node("Clip", "r low high", "y")],
     {**conv, "low": np.float32(0), "high": np.float32(6)})
for kind in ("AveragePool", "MaxPool"):
    for ceil in (0, 1):
        case(f"{kind}-{ceil}", 11, (1, 2, 7, 7), [node(kind, "x", "y", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=ceil)])
case("lp-pool", 11, (1, 2, 7, 7), [node("LpPool", "x", "y", kernel_shape=[2, 2], p=2)])
case("pad", 11, (2, 3), [node("Pad", "x pads value", "y")], {"pads": whole(0, 1, 2, 0), "value": np.float32(4)})
case("leaky", 11, (2, 3), [node("LeakyRelu", "x", "a", alpha=0.2), node("PRelu", "a s", "y")], {"s": half(0.1, 0.2, 0.3)})
case("attend", 11, (2, 4, 6), [node("Transpose", "x", "t", perm=[0, 2, 1]), node("MatMul", "x t", "m"), node("Softmax", "m", "p", axis=2), node("MatMul", "p x", "y")])
case("where", 11, (2, 3), [node("Greater", "x zero", "g"), node("Where", "g x zero", "w"), node("Pow", "w two", "y")], {"zero": np.float32(0), "two": np.float32(2)})
case("shapes", 11, (2, 3, 4), [node("Shape", "x", "s"), node("Gather", "s zero", "first"), node("Unsqueeze", "first", "f", axes=[0]), node("Concat", "f rest", "to", axis=0), node("Reshape", "x to", "y")],
     {"zero": np.int64(0), "rest": whole(-1)})
case("rounds", 11, (2, 3, 8), [node("QuantizeLinear", "x s z", "q"), node("DequantizeLinear", "q s z", "y")], {"s": np.float32(0.1), "z": np.uint8(128)})
case("sums", 11, (3, 4), [node("CumSum", "x one", "c"), node("TopK", "c k", "y i", axis=1)], {"one": np.int64(1), "k": whole(2)})
weights = {"w": random.normal(size=(1, 12, 4)).astype(np.float32), "r": random.normal(size=(1, 12, 3)).astype(np.float32)}
case("memory", 11, (5, 2, 4), [node("LSTM", "x w r", " y", hidden_size=3)], weights)
# Halves, and a Cast that brings them back.
case("halves", 14, (2, 4), [node("Cast", "x", "h", to=TensorProto.FLOAT16), node("MatMul", "h w", "m"), node("Cast", "m", "y", to=TensorProto.FLOAT)],
     {"w": random.normal(size=(4, 5)).astype(np.float16)})
# Images as bytes, the channels last.
case("bytes", 13, (2, 4, 4, 3), [node("Cast", "x", "f", to=TensorProto.FLOAT), node("Transpose", "f", "t", perm=[0, 3, 1, 2]), node("ReduceMean", "t", "y", axes=[2, 3], keepdims=0)], kind=np.uint8)


def branch(name, *nodes, stored={}, outputs=("out",)):
    infos = [helper.make_tensor_value_info(f"{name}_{output}", TensorProto.FLOAT, None) for output in outputs]
    return helper.make_graph(list(nodes), name, [], infos, [numpy_helper.from_array(value, key) for key, value in stored.items()])


# Branches that see tensors around them, one of them the input itself, and have weights, old nodes and raised ones of their own.
then = branch("then", node("ReduceMean", "a", "then_m", axes=[1]), node("Add", "then_m then_w", "then_n"), node("Add", "then_n x", "then_out"), stored={"then_w": half(1, 2, 3)})
inner = branch("inner", node("Mul", "x kept", "inner_out"))
other = branch("other", node("Softmax", "a", "other_s", axis=0), node("ReduceSum", "other_s", "other_t", keepdims=0), node("Greater", "other_t kept", "other_c"),
               node("If", "other_c", "other_out", then_branch=inner, else_branch=branch("last", node("Unsqueeze", "x", "last_u", axes=[0]), node("Squeeze", "last_u", "last_out", axes=[0]))))
for name, limit in (("if-true", -1e9), ("if-false", 1e9)):
    nodes = [node("Abs", "x", "a"), node("ReduceSum", "x", "t", keepdims=0), node("Greater", "t limit", "c"), node("If", "c", "y", then_branch=then, else_branch=other)]
    case(name, 11, (2, 3), nodes, {"limit": np.float32(limit), "kept": np.float32(0.5)})
body = helper.make_graph(
    [node("ReduceMax", "state", "top", axes=[0]), node("Mul", "x top", "p"), node("Add", "p factor", "next"), node("Identity", "next", "each"), node("Identity", "go", "on")], "body",
    [helper.make_tensor_value_info("at", TensorProto.INT64, []), helper.make_tensor_value_info("go", TensorProto.BOOL, []), helper.make_tensor_value_info("state", TensorProto.FLOAT, None)],
    [helper.make_tensor_value_info("on", TensorProto.BOOL, []), helper.make_tensor_value_info("next", TensorProto.FLOAT, None), helper.make_tensor_value_info("each", TensorProto.FLOAT, None)])
case("loop", 11, (2, 3), [node("Loop", "count  x", "y all", body=body)], {"count": np.int64(3), "factor": np.float32(0.1)}, outputs=("y", "all"))
rows = helper.make_graph([node("Softmax", "row", "soft", axis=0), node("Add", "sum soft", "total"), node("Identity", "total", "now")], "rows",
                         [helper.make_tensor_value_info("sum", TensorProto.FLOAT, [3]), helper.make_tensor_value_info("row", TensorProto.FLOAT, [3])],
                         [helper.make_tensor_value_info("total", TensorProto.FLOAT, [3]), helper.make_tensor_value_info("now", TensorProto.FLOAT, [3])])
case("scan", 11, (4, 3), [node("Scan", "zero x", "last y", body=rows, num_scan_inputs=1)], {"zero": half(0, 0, 0)}, outputs=("last", "y"))
# Operators of ONNX Runtime's own, and ones that the model defines, whose attribute becomes an input.
case("runtime", 12, (2, 3), [helper.make_node("Gelu", ["x"], ["g"], domain="com.microsoft"), node("ReduceMean", "g", "y", axes=[1])], domains={"com.microsoft": 1})
given = helper.make_node("ReduceMean", ["v"], ["m"], keepdims=1)
axes = helper.make_attribute("axes", [0])
axes.ClearField("ints")
axes.ref_attr_name = "over"
given.attribute.append(axes)
centred = helper.make_function("own.tools", "Centred", ["v"], ["w"], [given, node("Sub", "v m", "c"), node("Softmax", "c", "w")], [helper.make_opsetid("", 12)], ["over"])
twice = helper.make_function("own.tools", "Twice", ["v"], ["w"], [helper.make_node("Centred", ["v"], ["c"], domain="own.tools", over=[1]), node("Add", "c c", "w")],
                             [helper.make_opsetid("", 12), helper.make_opsetid("own.tools", 1)])
case("functions", 12, (2, 3, 4), [helper.make_node("Centred", ["x"], ["c"], domain="own.tools", over=[2]), helper.make_node("Twice", ["c"], ["y"], domain="own.tools")],
     functions=[centred, twice], domains={"own.tools": 1})
# Newer than what we write: the whole is written so.
for opset in (21, 22, 24, 26):
    case(f"new-{opset}", opset, (2, 3), [node("Relu", "x", "r"), node("ReduceMean", "r axes", "y", keepdims=1)], {"axes": whole(1)})

json.dump(cases, open(f"{folder}/cases.json", "w"))
