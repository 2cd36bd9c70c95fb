"""Records what PyTorch says: ten losses of each network and optimizer, for test/models/recorded-losses.test.ts.

    python3 test/recorded/record_losses.py        (PyTorch 1.13 or newer; writes losses.json beside itself;
    then npm run format)

Both sides make the same images and starting weights by whole-number formulas (test/models/examples.ts) and
take the same batches: batches.json holds the image numbers that the test asks of createBatchOrder.
"""

import json
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

FOLDER = os.path.dirname(os.path.abspath(__file__))

IMAGE = dict(height=28, width=28, channels=1, convolution=False, hidden=[], tied=False)
NETWORKS = {
    "dense": dict(IMAGE, size=64),
    "tied": dict(IMAGE, size=64, tied=True),
    "deep": dict(IMAGE, hidden=[500, 500, 2000], size=10),
    "convolutional": dict(IMAGE, convolution=True, size=32),
    "colour": dict(IMAGE, height=19, width=14, channels=3, convolution=True, size=8),
}
OPTIMIZERS = {
    "sgd": lambda p, rate: torch.optim.SGD(p, lr=rate),
    "adagrad": lambda p, rate: torch.optim.Adagrad(p, lr=rate, initial_accumulator_value=0.1),
    "adam": lambda p, rate: torch.optim.Adam(p, lr=rate),
}


def scramble(numbers):
    """A fixed shuffling of the 32-bit integers (the finalizer of MurmurHash3)."""
    bits = np.asarray(numbers, dtype=np.uint64).astype(np.uint32) + np.uint32(0x9E3779B9)
    bits = (bits ^ (bits >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    bits = (bits ^ (bits >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return (bits ^ (bits >> np.uint32(16))).astype(np.int64)


def discs(count, height, width, channels):
    numbers = np.arange(count * channels).reshape(count, 1, 1, channels)
    down = np.arange(height).reshape(1, height, 1, 1) - scramble(3 * numbers) % height
    right = np.arange(width).reshape(1, 1, width, 1) - scramble(3 * numbers + 1) % width
    slope = 1 + scramble(3 * numbers + 2) % 9
    return np.maximum(0, 255 - slope * (down**2 + right**2)).astype(np.uint8).reshape(count, -1)


class Parameters:
    """Hands out parameters in our layouts and order, filled by the formula."""

    def __init__(self):
        self.offset = 0
        self.all = []

    def __call__(self, shape, bound):
        length = int(np.prod(shape))
        numbers = scramble(np.arange(self.offset, self.offset + length))
        values = ((numbers / 2**32 * 2 - 1) * bound).astype(np.float32).reshape(shape)
        self.offset += length
        self.all.append(torch.from_numpy(values).requires_grad_())
        return self.all[-1]


def start(fan_in):
    return fan_in**-0.5


BIAS = 0.05


def dense(network, parameters):
    pixels = network["height"] * network["width"] * network["channels"]
    widths = [pixels, *network["hidden"], network["size"]]
    layers = []
    for layer, (fan_in, fan_out) in enumerate(zip(widths, widths[1:])):
        last = layer == len(widths) - 2
        weights = parameters((fan_in, fan_out), start(fan_in))
        layers.append((weights, parameters((fan_out,), BIAS), not last))
    for layer in reversed(range(len(widths) - 1)):
        fan_out, fan_in = widths[layer], widths[layer + 1]
        first = layer == 0
        if network["tied"]:
            weights = layers[layer][0].T
        else:
            weights = parameters((fan_in, fan_out), start(fan_in))
        layers.append((weights, parameters((fan_out,), BIAS), not first))

    def forward(x):
        for weights, bias, rectified in layers:
            x = x @ weights + bias
            x = F.relu(x) if rectified else x
        return x

    return forward


def convolutional(network, parameters):
    height, width, channels, size = (network[key] for key in ("height", "width", "channels", "size"))
    half = [-(-height // 2), -(-width // 2)]
    quarter = [-(-half[0] // 2), -(-half[1] // 2)]
    features = quarter[0] * quarter[1] * 32
    first = parameters((5, 5, channels, 16), start(25 * channels)), parameters((16,), BIAS)
    second = parameters((3, 3, 16, 32), start(9 * 16)), parameters((32,), BIAS)
    code = parameters((features, size), start(features)), parameters((size,), BIAS)
    unfold = parameters((size, features), start(size)), parameters((features,), BIAS)
    third = parameters((3, 3, 16, 32), start(9 * 16)), parameters((16,), BIAS)
    fourth = parameters((5, 5, channels, 16), start(25 * channels)), parameters((channels,), BIAS)

    def to_torch(kernel):  # ours (k, k, c, o); Conv2d wants (o, c, k, k), ConvTranspose2d from o to c the same
        return kernel.permute(3, 2, 0, 1)

    def up(x, kernel, bias, sides):
        side = kernel.shape[0]
        pad = (side - 1) // 2
        extra = [to - ((of - 1) * 2 - 2 * pad + side) for to, of in zip(sides, x.shape[2:])]
        return F.conv_transpose2d(x, to_torch(kernel), bias, stride=2, padding=pad, output_padding=extra)

    def forward(x):
        x = x.reshape(-1, height, width, channels).permute(0, 3, 1, 2)
        x = F.relu(F.conv2d(x, to_torch(first[0]), first[1], stride=2, padding=2))
        x = F.relu(F.conv2d(x, to_torch(second[0]), second[1], stride=2, padding=1))
        x = x.permute(0, 2, 3, 1).reshape(-1, features) @ code[0] + code[1]
        x = F.relu(x @ unfold[0] + unfold[1])
        x = x.reshape(-1, *quarter, 32).permute(0, 3, 1, 2)
        x = F.relu(up(x, *third, half))
        x = up(x, *fourth, [height, width])
        return x.permute(0, 2, 3, 1).reshape(-1, height * width * channels)

    return forward


def losses(name, optimizer_name, rate, batches):
    network = NETWORKS[name]
    parameters = Parameters()
    forward = (convolutional if network["convolution"] else dense)(network, parameters)
    images = torch.from_numpy(discs(batches["count"], network["height"], network["width"], network["channels"]))
    optimizer = OPTIMIZERS[optimizer_name](parameters.all, rate)
    recorded = []
    for numbers in batches["order"]:
        x = images[numbers].float() / 255
        loss = F.mse_loss(forward(x), x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        recorded.append(loss.item())
    return recorded


def main():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    with open(os.path.join(FOLDER, "batches.json")) as file:
        batches = json.load(file)
    runs = [
        ("dense", "adagrad", 0.05),
        ("dense", "adam", 0.001),
        ("dense", "sgd", 0.5),
        ("tied", "adagrad", 0.05),
        ("deep", "adam", 0.001),
        ("deep", "adagrad", 0.01),
        ("convolutional", "adagrad", 0.05),
        ("convolutional", "adam", 0.002),
        ("colour", "sgd", 0.2),
        ("colour", "adagrad", 0.02),
    ]
    recorded = [
        {"network": name, "optimizer": optimizer, "learningRate": rate, "losses": losses(name, optimizer, rate, batches)}
        for name, optimizer, rate in runs
    ]
    with open(os.path.join(FOLDER, "losses.json"), "w") as file:
        lines = ",\n    ".join(json.dumps(run) for run in recorded)
        file.write('{\n  "pytorch": "%s",\n  "runs": [\n    %s\n  ]\n}\n' % (torch.__version__, lines))
    sys.stderr.write("recorded %d runs with PyTorch %s\n" % (len(recorded), torch.__version__))


if __name__ == "__main__":
    main()
