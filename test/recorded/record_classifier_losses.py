"""Records what PyTorch says of the classifier network, for test/models/classifier-network.test.ts.

    python3 test/recorded/record_classifier_losses.py   (PyTorch 1.13 or newer; writes classifier-losses.json
    beside itself; then npm run format)

Ten losses from the starting weights of a whole-number formula on the batches of batches.json, with the Adam
of the crossed networks; then the averages of parameters and running statistics over the steps, and the scores that
the averaged network gives two images.
"""

import json
import os
import sys

import torch
import torch.nn.functional as F

from record_losses import FOLDER, Parameters, discs, start

NETWORKS = {
    "default": dict(height=28, width=28, widths=[16, 32, 64, 128], k=10),
    "odd": dict(height=21, width=17, widths=[3, 5, 7, 11], k=4),
}
RATE, BETAS, DECAY = 0.001, (0.9, 0.99), 1e-4
MOMENTUM, EPSILON = 0.1, 1e-5


def kernel(weights):  # ours (k, k, c, o)
    return weights.permute(3, 2, 0, 1)


class Classifier:
    def __init__(self, height, width, widths, k):
        self.sides = height, width
        self.parameters = Parameters()
        a, b, c, d = widths
        half = -(-height // 2), -(-width // 2)
        pooled = [((side - 2) // 2) // 2 for side in half]
        features = pooled[0] * pooled[1] * c
        self.layers = [self.layer((5, 5, 1, a), 25), self.layer((3, 3, a, b), 9 * a), self.layer((3, 3, b, c), 9 * b)]
        self.dense = self.layer((features, d), features)
        self.scores = self.parameters((d, k), start(d)), self.parameters((k,), start(d))
        self.running = [[torch.zeros(n), torch.ones(n)] for n in widths]

    def layer(self, shape, fan_in):
        weights = self.parameters(shape, start(fan_in))
        scale = self.parameters((shape[-1],), 0.05)
        scale.data += 1  # the formula's numbers are small; a scale is near 1
        return weights, scale, self.parameters((shape[-1],), 0.05)

    def normalized(self, x, index, layer, training):
        mean, variance = self.running[index]
        return F.batch_norm(x, mean, variance, layer[1], layer[2], training, MOMENTUM, EPSILON)

    def __call__(self, x, training):
        x = x.reshape(-1, 1, *self.sides)
        first, second, third = self.layers
        x = F.relu(self.normalized(F.conv2d(x, kernel(first[0]), stride=2, padding=2), 0, first, training))
        x = F.max_pool2d(F.conv2d(x, kernel(second[0])), 2)
        x = F.relu(self.normalized(x, 1, second, training))
        x = F.max_pool2d(F.conv2d(x, kernel(third[0]), padding=1), 2)
        x = F.relu(self.normalized(x, 2, third, training))
        x = x.permute(0, 2, 3, 1).flatten(1)  # ours are flattened channels last
        x = F.relu(self.normalized(x @ self.dense[0], 3, self.dense, training))
        return x @ self.scores[0] + self.scores[1]


def record(name, batches):
    network = NETWORKS[name]
    classifier = Classifier(**network)
    images = torch.from_numpy(discs(batches["count"], network["height"], network["width"], 1)).float() / 255
    optimizer = torch.optim.Adam(classifier.parameters.all, lr=RATE, betas=BETAS, weight_decay=DECAY)
    losses = []
    everything = [*classifier.parameters.all, *(vector for pair in classifier.running for vector in pair)]
    averages = [values.detach().clone() for values in everything]
    for step, numbers in enumerate(batches["order"], 1):
        targets = torch.tensor(numbers) % network["k"]
        loss = F.cross_entropy(classifier(images[numbers], True), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        kept = min(0.995, step / (step + 10))
        for average, values in zip(averages, everything):
            average.mul_(kept).add_(values.detach(), alpha=1 - kept)
    for average, values in zip(averages, everything):
        values.data.copy_(average)
    statistics = [value for pair in classifier.running for vector in pair for value in vector.tolist()]
    scores = classifier(images[:2], False).flatten().tolist()
    return {"network": name, **network, "losses": losses, "statistics": statistics, "scores": scores}


def main():
    torch.set_num_threads(1)
    with open(os.path.join(FOLDER, "batches.json")) as file:
        batches = json.load(file)
    runs = [record(name, batches) for name in NETWORKS]
    with open(os.path.join(FOLDER, "classifier-losses.json"), "w") as file:
        json.dump({"pytorch": torch.__version__, "runs": runs}, file)
    sys.stderr.write("recorded %d runs with PyTorch %s\n" % (len(runs), torch.__version__))


if __name__ == "__main__":
    main()
