"""The network stage of the prototype, timed: two networks, each trained on warped images of its own half,
each other's teachers. Only as many steps are run as a steady time needs; the rest is arithmetic.

One thread: so small a network gains nothing from a second one (35 ms a step for 27). On two cores the two
networks can train side by side, which halves the seconds given here.
"""

import copy
import time

import numpy as np
import torch
from features import deskew, in_batches
from torch import nn
from torch.nn import functional
from trust import neighbour_average, trusted_images

WIDTHS = {"default": (16, 32, 64, 128), "best": (32, 64, 128, 128)}
BATCH = 128
WARM_UP_EPOCHS, EPOCHS = 2, 8
KEPT = 0.97
"""Of MNIST's images, those whose prediction passes 0.9 in a later epoch."""
WARPED_VIEWS = 8
"""At prediction, beside the image itself."""
STRONG = {"rotation": 15.0, "scale": 0.15, "shear": 0.2, "shift": 2.0, "elastic": 1.0}
MILD = {"rotation": 6.0, "scale": 0.06, "shear": 0.08, "shift": 1.0, "elastic": 0.3}
ELASTIC_GRID = 5
SIDE = 28
STEPS_TIMED, STEPS_BEFORE = 200, 20
IMAGES_TIMED = 6400


class Network(nn.Module):
    def __init__(self, first, second, third, hidden, k):
        super().__init__()
        self.convolution1 = nn.Conv2d(1, first, 5, stride=2, padding=2, bias=False)
        self.norm1 = nn.BatchNorm2d(first)
        self.convolution2 = nn.Conv2d(first, second, 3, bias=False)
        self.norm2 = nn.BatchNorm2d(second)
        self.convolution3 = nn.Conv2d(second, third, 3, padding=1, bias=False)
        self.norm3 = nn.BatchNorm2d(third)
        self.dense = nn.Linear(third * 9, hidden, bias=False)
        self.norm4 = nn.BatchNorm1d(hidden)
        self.output = nn.Linear(hidden, k)

    def forward(self, images):
        """images (n,1,28,28) → logits (n,k)."""
        x = functional.relu(self.norm1(self.convolution1(images)), inplace=True)
        x = functional.relu(self.norm2(functional.max_pool2d(self.convolution2(x), 2)), inplace=True)
        x = functional.relu(self.norm3(functional.max_pool2d(self.convolution3(x), 2)), inplace=True)
        return self.output(functional.relu(self.norm4(self.dense(x.flatten(1)))))


AXIS = torch.linspace(-1, 1, SIDE)
POSITIONS = torch.stack(
    [AXIS[None].expand(SIDE, SIDE), AXIS[:, None].expand(SIDE, SIDE), torch.ones(SIDE, SIDE)], dim=-1
).reshape(1, -1, 3)


def warp(images, generator, rotation, scale, shear, shift, elastic):
    """images (n,1,28,28) → each by its own affine map and smooth displacement; lengths in pixels, degrees."""
    n, half = len(images), SIDE / 2

    def spread(*shape):
        return torch.rand(n, *shape, generator=generator) * 2 - 1

    angle = spread() * rotation * np.pi / 180
    scale_x, scale_y = torch.exp(spread() * scale), torch.exp(spread() * scale)
    slant, moves = spread() * shear, spread(2) * shift / half
    cosine, sine = angle.cos(), angle.sin()
    row_x = torch.stack([cosine * scale_x, (cosine * slant - sine) * scale_y, moves[:, 0]], 1)
    row_y = torch.stack([sine * scale_x, (sine * slant + cosine) * scale_y, moves[:, 1]], 1)
    maps = torch.stack([row_x, row_y], 1)
    grid = (POSITIONS.expand(n, -1, 3) @ maps.transpose(1, 2)).view(n, SIDE, SIDE, 2)
    bumps = torch.randn(n, 2, ELASTIC_GRID, ELASTIC_GRID, generator=generator) * (elastic / half)
    smooth = functional.interpolate(bumps, size=SIDE, mode="bicubic", align_corners=True)
    grid = grid + smooth.permute(0, 2, 3, 1)
    return functional.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=True)


class Trainer:
    """A network, its running average and its optimiser."""

    def __init__(self, widths, k, seed):
        torch.manual_seed(seed)
        self.generator = torch.Generator().manual_seed(seed)
        self.network = Network(*widths, k)
        self.average = copy.deepcopy(self.network).eval()
        self.optimizer = torch.optim.Adam(self.network.parameters(), 2e-3, betas=(0.9, 0.99), weight_decay=1e-4)
        self.steps = 0

    def step(self, images, targets):
        log_likelihood = functional.log_softmax(self.network(warp(images, self.generator, **STRONG)), 1)
        loss = -(targets * log_likelihood).sum(1).mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.steps += 1
        self.follow(min(0.995, self.steps / (self.steps + 10)))

    @torch.no_grad()
    def follow(self, share):
        for mean, value in zip(self.average.state_dict().values(), self.network.state_dict().values()):
            if mean.dtype.is_floating_point:
                mean.mul_(share).add_(value, alpha=1 - share)
            else:
                mean.copy_(value)

    @torch.no_grad()
    def predict(self, images):
        return torch.cat([self.average(batch).softmax(1) for batch in images.split(BATCH)])


def measure_networks(images, graph, partition, k, seed=0):
    """→ {"trust": seconds and share, "default": seconds, "best": seconds}: elapsed and of the processor."""
    start = clock()
    trusted, _ = trusted_images(graph, partition, k, seed)
    trust = {"seconds": since(start), "trusted": float(trusted.mean())}
    torch.set_num_threads(1)
    views = [torch.from_numpy(images.astype(np.float32) / 255)[:, None]]
    views.append(in_batches(deskew, views[0][:, 0])[:, None])
    targets = functional.one_hot(torch.from_numpy(partition.astype(np.int64)), k).float()
    average = neighbour_average(graph)
    measured = {
        quality: measure_width(widths, views, targets, average, trust["trusted"], k, seed)
        for quality, widths in WIDTHS.items()
    }
    return {"trust": trust, **measured}


def measure_width(widths, views, targets, average, trusted, k, seed):
    n = len(targets)
    order = torch.from_numpy(np.random.RandomState(seed).permutation(n))
    trainer = Trainer(widths, k, seed)
    for number in range(STEPS_BEFORE + STEPS_TIMED):
        if number == STEPS_BEFORE:
            start = clock()
        at = number * BATCH % (n - BATCH)
        batch = order[at : at + BATCH]
        trainer.step(views[number % 2][batch], targets[batch])
    step = per(since(start), STEPS_TIMED)
    start = clock()
    trainer.predict(views[0][:IMAGES_TIMED])
    prediction = per(since(start), IMAGES_TIMED)
    start = clock()
    warp(views[0][:IMAGES_TIMED], trainer.generator, **MILD)
    warping = per(since(start), IMAGES_TIMED)
    start = clock()
    average @ targets.numpy()
    smoothing = since(start)
    epoch_steps = KEPT * n / BATCH
    training_steps = WARM_UP_EPOCHS * trusted * n / BATCH + EPOCHS * epoch_steps

    def total(steps, predictions, warps, smoothings):
        parts = ((step, steps), (prediction, predictions), (warping, warps), (smoothing, smoothings))
        return {unit: sum(cost[unit] * count for cost, count in parts) for unit in step}

    return {
        "step": step,
        "epoch": total(epoch_steps, n, 0, 1),
        "training": total(training_steps, EPOCHS * n, 0, EPOCHS + 1),
        "predictTenThousand": total(0, 2 * (WARPED_VIEWS + 1) * 10000, 2 * WARPED_VIEWS * 10000, 0),
    }


def clock():
    return {"elapsed": time.perf_counter(), "processor": time.process_time()}


def since(start):
    now = clock()
    return {unit: now[unit] - start[unit] for unit in now}


def per(seconds, count):
    return {unit: value / count for unit, value in seconds.items()}
