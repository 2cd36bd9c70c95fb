"""SciPy's eigsh on a graph in compressed rows, and the residuals of whoever's eigenvectors.

eigen_peer.py FOLDER THREADS: FOLDER holds offsets (int32), neighbours (int32), weights (float32). Then one JSON
request a line on standard input: {"who": "scipy", "count", "seed", "tolerance"}, or {"who": "kindred",
"count"}, for which FOLDER holds vectors (n, count; float32) and values (float64). One JSON answer a line,
{"seconds" (of eigsh), "residual"}.
"""

import json
import os
import sys
import time

import numpy
import scipy
import scipy.sparse
import scipy.sparse.linalg
from threadpoolctl import threadpool_limits

folder, threads = sys.argv[1], int(sys.argv[2])


def read(name, kind):
    return numpy.fromfile(os.path.join(folder, name), kind)


offsets = read("offsets", numpy.int32)
n = len(offsets) - 1
w = scipy.sparse.csr_matrix(
    (read("weights", numpy.float32).astype(numpy.float64), read("neighbours", numpy.int32), offsets), shape=(n, n)
)
root = scipy.sparse.diags(1 / numpy.sqrt(numpy.asarray(w.sum(1)).ravel()))
s = (root @ w @ root).tocsr()
print(json.dumps({"version": scipy.__version__}), flush=True)

with threadpool_limits(threads):
    for line in sys.stdin:
        request = json.loads(line)
        count = request["count"]
        answer = {}
        if request["who"] == "scipy":
            start = numpy.random.RandomState(request["seed"]).rand(n)
            begun = time.perf_counter()
            values, vectors = scipy.sparse.linalg.eigsh(
                s, k=count, which="LA", tol=request["tolerance"], v0=start, ncv=max(2 * count + 1, 30)
            )
            answer["seconds"] = time.perf_counter() - begun
        else:
            values = read("values", numpy.float64)
            vectors = read("vectors", numpy.float32).reshape(n, count).astype(numpy.float64)
        answer["residual"] = float(numpy.linalg.norm(s @ vectors - vectors * values, axis=0).max())
        print(json.dumps(answer), flush=True)
