"""Records what SciPy says of a small real graph: record_digits.py TRAIN_IMAGES_IDX3 > digits.json

The first 1,000 MNIST images as the sums of their 4x4 pixel blocks (49 integers: distances are exact), 10
nearest neighbours, UMAP's weights by bisection in float64, eigenvalues of D^-1/2 W D^-1/2 by scipy.linalg.eigh.
"""

import json
import sys

import numpy
import scipy
import scipy.linalg

ROWS, NEAREST = 1000, 10
pixels = numpy.fromfile(sys.argv[1], numpy.uint8, offset=16).reshape(-1, 28, 28)[:ROWS].astype(numpy.int64)
x = pixels.reshape(ROWS, 7, 4, 7, 4).sum((2, 4)).reshape(ROWS, 49)
squares = (x * x).sum(1)
squared = squares[:, None] + squares[None] - 2 * x @ x.T
squared[numpy.arange(ROWS), numpy.arange(ROWS)] = numpy.iinfo(numpy.int64).max
nearest = numpy.argsort(squared, axis=1, kind="stable")[:, :NEAREST]
distances = numpy.sqrt(numpy.take_along_axis(squared, nearest, 1).astype(numpy.float64))

beyond = distances - distances[:, :1]
low, high = numpy.zeros(ROWS), numpy.full(ROWS, numpy.inf)
scale = numpy.full(ROWS, distances.mean())
for _ in range(64):
    too_much = numpy.exp(-beyond / scale[:, None]).sum(1) > numpy.log2(NEAREST + 1)
    high, low = numpy.where(too_much, scale, high), numpy.where(too_much, low, scale)
    scale = numpy.where(numpy.isinf(high), scale * 2, (low + high) / 2)
scale = numpy.maximum(scale, 1e-3 * distances.mean(1))
p = numpy.zeros((ROWS, ROWS))
numpy.put_along_axis(p, nearest, numpy.exp(-beyond / scale[:, None]), 1)
w = p + p.T - p * p.T
root = 1 / numpy.sqrt(w.sum(1))
values, vectors = scipy.linalg.eigh(root[:, None] * w * root[None])
edges = [[int(i), int(j), float(w[i, j])] for i in (0, 1, 500, 999) for j in numpy.flatnonzero(w[i])]
record = {
    "scipy": scipy.__version__,
    "numpy": numpy.__version__,
    "stored": int((w > 0).sum()),
    "degrees": w.sum(1)[:10].tolist(),
    "edges": edges,
    "eigenvalues": values[::-1][:40].tolist(),
    "secondVector": numpy.abs(vectors[:, -2])[:20].tolist(),
}
print(json.dumps(record))
