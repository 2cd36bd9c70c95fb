"""PyTorch training the three auto-encoders and the classifier of bench/engine.mjs.

engine_peer.py THREADS IMAGES: then one JSON request a line on standard input, {"name", "batch", "warmUp",
"seconds", "format", "optimizer", "learningRate"}; one JSON answer a line, {"milliseconds" a step, "loss"}.
Every request starts from fresh weights; the clock starts after `warmUp` steps or three times `seconds`.
"""

import json
import sys
import time

import numpy
import torch
from torch import nn

threads, path = int(sys.argv[1]), sys.argv[2]
torch.set_num_threads(threads)
# Ours does the same; subnormal numbers appear late in training.
torch.set_flush_denormal(True)
images = torch.from_numpy(numpy.fromfile(path, numpy.uint8)[16:].reshape(-1, 784).copy())


def glorot(layer, fan_in, fan_out):
    nn.init.uniform_(layer.weight, -((6 / (fan_in + fan_out)) ** 0.5), (6 / (fan_in + fan_out)) ** 0.5)
    nn.init.zeros_(layer.bias)
    return layer


def he(layer, fan_in):
    nn.init.uniform_(layer.weight, -((6 / fan_in) ** 0.5), (6 / fan_in) ** 0.5)
    nn.init.zeros_(layer.bias)
    return layer


def dense(widths):
    layers = []
    encoder = list(zip(widths, widths[1:]))
    for half in encoder, [(to, of) for of, to in reversed(encoder)]:
        for of, to in half[:-1]:
            layers += [he(nn.Linear(of, to), of), nn.ReLU()]
        of, to = half[-1]
        layers.append(glorot(nn.Linear(of, to), of, to))
    return nn.Sequential(*layers)


def convolutional(size):
    return nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)),
        he(nn.Conv2d(1, 16, 5, stride=2, padding=2), 25),
        nn.ReLU(),
        he(nn.Conv2d(16, 32, 3, stride=2, padding=1), 9 * 16),
        nn.ReLU(),
        nn.Flatten(),
        glorot(nn.Linear(1568, size), 1568, size),
        he(nn.Linear(size, 1568), size),
        nn.ReLU(),
        nn.Unflatten(1, (32, 7, 7)),
        he(nn.ConvTranspose2d(32, 16, 3, stride=2, padding=1, output_padding=1), 1.5**2 * 32),
        nn.ReLU(),
        glorot(nn.ConvTranspose2d(16, 1, 5, stride=2, padding=2, output_padding=1), 2.5**2 * 16, 2.5**2),
        nn.Flatten(),
    )


def classifier(a, b, c, d):
    return nn.Sequential(
        nn.Unflatten(1, (1, 28, 28)),
        nn.Conv2d(1, a, 5, stride=2, padding=2, bias=False),
        nn.BatchNorm2d(a),
        nn.ReLU(inplace=True),
        nn.Conv2d(a, b, 3, bias=False),
        nn.MaxPool2d(2),
        nn.BatchNorm2d(b),
        nn.ReLU(inplace=True),
        nn.Conv2d(b, c, 3, padding=1, bias=False),
        nn.MaxPool2d(2),
        nn.BatchNorm2d(c),
        nn.ReLU(inplace=True),
        nn.Flatten(),
        nn.Linear(9 * c, d, bias=False),
        nn.BatchNorm1d(d),
        nn.ReLU(inplace=True),
        nn.Linear(d, 10),
    )


def bands(x):
    """In which of ten upright bands the most ink is."""
    band = torch.arange(28) * 10 // 28
    ink = x.reshape(-1, 28, 28).long().sum(1)
    return torch.zeros(len(x), 10, dtype=torch.long).index_add_(1, band, ink).argmax(1)


NETWORKS = {
    "dense": lambda: dense([784, 64]),
    "deep": lambda: dense([784, 500, 500, 2000, 10]),
    "conv": lambda: convolutional(32),
    "cnn": lambda: classifier(16, 32, 64, 128),
}
OPTIMIZERS = {
    "adagrad": lambda p, rate: torch.optim.Adagrad(p, lr=rate, initial_accumulator_value=0.1),
    "adam": lambda p, rate: torch.optim.Adam(p, lr=rate),
}


def batches(size):
    """Positions in an endless row of shuffled passes, as ours."""
    row = torch.randperm(len(images))
    while True:
        while len(row) < size:
            row = torch.cat([row, torch.randperm(len(images))])
        yield row[:size]
        row = row[size:]


def measure(request):
    torch.manual_seed(0)
    network = NETWORKS[request["name"]]()
    if request["format"] == "channels_last":
        network = network.to(memory_format=torch.channels_last)
    is_classifier = request["name"] == "cnn"
    if is_classifier:
        optimizer = torch.optim.Adam(
            network.parameters(), lr=request["learningRate"], betas=(0.9, 0.99), weight_decay=1e-4
        )
        targets = bands(images)
        latest = [tensor for tensor in network.state_dict().values() if tensor.is_floating_point()]
        averages = [tensor.clone() for tensor in latest]
    else:
        optimizer = OPTIMIZERS[request["optimizer"]](network.parameters(), request["learningRate"])
    order = batches(request["batch"])

    def step():
        chosen = next(order)
        x = images[chosen].float().mul_(1 / 255)
        y = network(x)
        loss = nn.functional.cross_entropy(y, targets[chosen]) if is_classifier else nn.functional.mse_loss(y, x)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if is_classifier:
            torch._foreach_mul_(averages, 0.995)
            torch._foreach_add_(averages, latest, alpha=0.005)
        return loss.item()

    # On a busy machine threads that spin for each other can be fifty times slower: then less must do.
    losses, start = [], time.perf_counter()
    while len(losses) < request["warmUp"] and time.perf_counter() - start < 3 * request["seconds"]:
        losses.append(step())
    steps, start = 0, time.perf_counter()
    while True:
        step()
        steps += 1
        seconds = time.perf_counter() - start
        if seconds >= request["seconds"]:
            return {"milliseconds": 1000 * seconds / steps, "loss": sum(losses[-10:]) / len(losses[-10:])}


print(json.dumps({"version": torch.__version__}), flush=True)
for line in sys.stdin:
    print(json.dumps(measure(json.loads(line))), flush=True)
