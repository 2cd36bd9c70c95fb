"""Records what PyTorch, scikit-learn and LAPACK say, for test/features and test/core/symmetric-eigen.test.ts.

    python3 test/recorded/record_features.py IMAGES   (PyTorch 1.13, scikit-learn 1.2 and numpy 1.24 or newer; IMAGES
    is MNIST's t10k-images-idx3-ubyte; writes features.json beside itself; then npm run format)

Arrays are float32, little-endian, in base64. The matrices are made by whole-number formulas on both sides.
"""

import base64
import json
import os
import sys

import numpy
import sklearn
import torch
from sklearn.decomposition import PCA

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(FOLDER, "..", "..", "bench"))
import features_peer as peer

IMAGES = 12
ROWS, COLUMNS, COMPONENTS = 150, 24, 6
EIGEN_SIZE = 40


def packed(values):
    return base64.b64encode(numpy.ascontiguousarray(values, "<f4").tobytes()).decode()


images = peer.read_images(sys.argv[1], IMAGES)
deskewed = peer.deskew(images)

i, j = numpy.meshgrid(numpy.arange(ROWS), numpy.arange(COLUMNS), indexing="ij")
x = ((i * 37 + j * 101 + i * j * 13) % 97 * (COLUMNS - j) + 500).astype(numpy.float64)
pca = PCA(COMPONENTS, svd_solver="full").fit(x)

i, j = numpy.meshgrid(numpy.arange(EIGEN_SIZE), numpy.arange(EIGEN_SIZE), indexing="ij")
symmetric = ((i * j * 7 + (i + j) * 31 + abs(i - j) * 17) % 101 - 50).astype(numpy.float64)
values, vectors = numpy.linalg.eigh(symmetric)

record = {
    "versions": {"torch": torch.__version__, "sklearn": sklearn.__version__, "numpy": numpy.__version__},
    "images": IMAGES,
    "deskewed": packed(deskewed),
    "hog": {"raw": packed(peer.hog(images)), "deskewed": packed(peer.hog(deskewed))},
    "pca": {
        "rows": ROWS,
        "columns": COLUMNS,
        "dimensions": COMPONENTS,
        "mean": packed(pca.mean_),
        "components": packed(pca.components_),
    },
    "eigen": {"size": EIGEN_SIZE, "values": values.tolist(), "vectors": packed(vectors.T)},
}
with open(os.path.join(FOLDER, "features.json"), "w") as file:
    json.dump(record, file, indent=2)
    file.write("\n")
