"""umap-learn's side of bench/layout.mjs, and the judge of both maps.

layout_peer.py FILE COLUMNS: then one JSON request a line on standard input. {"who": "umap", "k"} makes a map of the float32
rows in FILE, {"who": "kindred", "map"} reads one from a file; the answer has the trustworthiness of the map, and the
seconds that making it took.
"""

import json
import sys
import time

import numpy
import umap
from sklearn.manifold import trustworthiness

SAMPLES, ROWS, K = 5, 10_000, 15

path, columns = sys.argv[1], int(sys.argv[2])
x = numpy.fromfile(path, numpy.float32).reshape(-1, columns)
# Compiles what is compiled at the first call.
umap.UMAP(n_neighbors=15).fit_transform(x[:5000])
print(json.dumps({"umap": umap.__version__}), flush=True)


def judge(points):
    draw = numpy.random.default_rng(0)
    scores = []
    for _ in range(SAMPLES):
        rows = draw.choice(len(x), ROWS, replace=False)
        scores.append(trustworthiness(x[rows], points[rows], n_neighbors=K))
    return float(numpy.mean(scores))


for line in sys.stdin:
    request = json.loads(line)
    start = time.perf_counter()
    if request["who"] == "umap":
        points = umap.UMAP(n_neighbors=request["k"]).fit_transform(x)
    else:
        points = numpy.fromfile(request["map"], numpy.float32).reshape(-1, 2)
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "trustworthiness": judge(points)}), flush=True)
