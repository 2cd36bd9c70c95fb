"""Writes small image encoders as people export them, one a file: image-encoders.py FOLDER.

FOLDER/NAME.onnx takes float32 images (n, 3, 8, 10), unless its name says otherwise, and gives vectors of 12 numbers.
"""

import sys

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

folder = sys.argv[1]
random = np.random.default_rng(3)
FLOAT, BYTE = TensorProto.FLOAT, TensorProto.UINT8
WIDTH = 12


def node(kind, inputs, outputs, **attributes):
    return helper.make_node(kind, inputs.split(" "), outputs.split(" "), **attributes)


weights = {
    "w": random.normal(size=(WIDTH, 3, 3, 3)).astype(np.float32),
    "b": random.normal(size=WIDTH).astype(np.float32),
    "low": np.float32(-1),
    "high": np.float32(6),
    "mix": (random.normal(size=(WIDTH, WIDTH)) / 3).astype(np.float32),
}
# A convolution and its activation: (n, 12, 8, 10).
trunk = [node("Conv", "image w b", "c", pads=[1, 1, 1, 1]), node("Clip", "c low high", "maps")]


def encoder(name, opset, nodes, stored={}, image=("n", 3, 8, 10), kind=FLOAT, vectors=("n", WIDTH), domains={}, functions=(), seen=()):
    kept = {**weights, **stored}
    made = {each for one in nodes for each in one.output}
    used = {each for one in nodes for each in one.input} - made | set(seen)
    graph = helper.make_graph(
        nodes, name,
        [helper.make_tensor_value_info("image", kind, image)],
        [helper.make_tensor_value_info("vectors", FLOAT, vectors)],
        [numpy_helper.from_array(np.asarray(value), key) for key, value in kept.items() if key in used],
    )
    imports = [helper.make_opsetid("", opset), *[helper.make_opsetid(*each) for each in domains.items()]]
    model = helper.make_model(graph, opset_imports=imports, ir_version=10, functions=list(functions))
    helper.set_model_props(model, {"author": "somebody"})
    checker.check_model(model)
    save(model, f"{folder}/{name}.onnx")


def pooled(opset):
    """maps → the mean over the area, as that set writes it."""
    if opset < 18:
        return [node("ReduceMean", "maps", "flat", axes=[2, 3], keepdims=0), node("MatMul", "flat mix", "vectors")]
    return [node("ReduceMean", "maps area", "flat", keepdims=0), node("MatMul", "flat mix", "vectors")]


area = {"area": np.array([2, 3], np.int64)}
for opset in (11, 13, 14, 17, 18, 20, 22, 24):
    encoder(f"opset-{opset}", opset, [*trunk, *pooled(opset)], area if opset >= 18 else {})
# What transformers give: tokens, after an attention in the softmax of before 13.
attention = [
    node("Reshape", "maps tokens", "columns"), node("Transpose", "columns", "t", perm=[0, 2, 1]),
    node("MatMul", "t columns", "scores"), node("Mul", "scores small", "s"), node("Softmax", "s", "p", axis=2), node("MatMul", "p t", "mixed"),
    node("ReduceMean", "mixed", "mean", axes=[-1]), node("Sub", "mixed mean", "vectors"),
]
stored = {"tokens": np.array([0, WIDTH, 80], np.int64), "small": np.float32(0.1)}
encoder("tokens", 12, [*trunk, *attention], stored, vectors=("n", 80, WIDTH))
encoder("maps", 13, [*trunk, node("Relu", "maps", "vectors")], vectors=("n", WIDTH, 8, 10))
# Weights as halves, as they are stored to be small.
halves = [node("Cast", "half", "w", to=FLOAT), *trunk, *pooled(14)]
encoder("halves", 14, halves, {"half": weights["w"].astype(np.float16)})
# Bytes, the channels last, as mobile networks take them; and first.
bytes_last = [node("Cast", "image", "f", to=FLOAT), node("Transpose", "f", "moved", perm=[0, 3, 1, 2]), node("Mul", "moved scale", "scaled")]
bytes_first = [node("Cast", "image", "f", to=FLOAT), node("Mul", "f scale", "scaled")]
later = [node("Conv", "scaled w b", "c", pads=[1, 1, 1, 1]), node("Clip", "c low high", "maps"), *pooled(13)]
encoder("bytes-last", 13, [*bytes_last, *later], {"scale": np.float32(1 / 64)}, ("n", 8, 10, 3), BYTE)
encoder("bytes-first", 13, [*bytes_first, *later], {"scale": np.float32(1 / 64)}, ("n", 3, 8, 10), BYTE)
floats_last = [node("Transpose", "image", "scaled", perm=[0, 3, 1, 2]), *later]
encoder("floats-last", 13, floats_last, image=("n", 8, 10, 3))


def branch(name, *nodes):
    return helper.make_graph(list(nodes), name, [], [helper.make_tensor_value_info(f"{name}_out", FLOAT, None)])


# A branch that sees the input and the weights around it.
bright = branch("bright", node("ReduceMean", "image", "bright_m", axes=[1, 2, 3]), node("Squeeze", "bright_m", "bright_s", axes=[2, 3]),
                node("Add", "mixed bright_s", "bright_out"))
dark = branch("dark", node("Softmax", "mixed", "dark_p", axis=1), node("MatMul", "dark_p mix", "dark_out"))
chosen = [*trunk, node("ReduceMean", "maps", "flat", axes=[2, 3], keepdims=0), node("MatMul", "flat mix", "mixed"), node("Shape", "image", "sides"),
          node("Gather", "sides third", "side"), node("Greater", "side some", "many"), node("If", "many", "vectors", then_branch=bright, else_branch=dark)]
encoder("branches", 12, chosen, {"some": np.int64(5), "third": np.int64(2)}, seen=["mix"])
# For a number of images, which the shapes within hold too.
for rows in (1, 4):
    flat = [*trunk, node("GlobalAveragePool", "maps", "g"), node("Reshape", "g to", "flat"), node("MatMul", "flat mix", "vectors")]
    encoder(f"fixed-{rows}", 14, flat, {"to": np.array([rows, WIDTH], np.int64)}, (rows, 3, 8, 10), vectors=(rows, WIDTH))
encoder("fixed-unsaid", 14, flat, {"to": np.array([1, WIDTH], np.int64)})
encoder("fixed-bytes", 13, [*bytes_last, *later], {"scale": np.float32(1 / 64)}, (3, 8, 10, 3), BYTE, (3, WIDTH))
encoder("open-sides", 17, [*trunk, *pooled(17)], image=("n", 3, "height", "width"))
# Operators of ONNX Runtime's own, and of the model's.
runtime = [*trunk, helper.make_node("Gelu", ["maps"], ["gelu"], domain="com.microsoft"), node("ReduceMean", "gelu", "vectors", axes=[2, 3], keepdims=0)]
encoder("runtime", 14, runtime, domains={"com.microsoft": 1})
pool = helper.make_function("own", "Pool", ["v"], ["m"], [node("ReduceMean", "v", "m", axes=[2, 3], keepdims=0)], [helper.make_opsetid("", 13)])
encoder("functions", 13, [*trunk, helper.make_node("Pool", ["maps"], ["flat"], domain="own"), node("MatMul", "flat mix", "vectors")], domains={"own": 1}, functions=[pool])
