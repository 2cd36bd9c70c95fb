"""The nearest neighbours of the rows of a float32 file, by faiss and by scikit-learn, both exact.

knn_peer.py FILE COLUMNS THREADS: then one JSON request a line on standard input, {"who": "faiss" or "sklearn",
"k"}; one JSON answer a line, {"seconds", "mean"}, the mean distance to the k-th neighbour. Only the search is
timed, with the making of the index. scikit-learn leaves a row out of its own neighbours; faiss finds it, so k + 1
are asked for.
"""

import json
import sys
import time

import faiss
import numpy
import sklearn
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

path, columns, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
x = numpy.fromfile(path, numpy.float32).reshape(-1, columns)
faiss.omp_set_num_threads(threads)
print(json.dumps({"faiss": faiss.__version__, "sklearn": sklearn.__version__}), flush=True)


def by_faiss(k):
    index = faiss.IndexFlatL2(columns)
    index.add(x)
    squares, _ = index.search(x, k + 1)
    return numpy.sqrt(numpy.maximum(squares[:, k], 0))


def by_sklearn(k):
    distances, _ = NearestNeighbors(n_neighbors=k, algorithm="brute", n_jobs=threads).fit(x).kneighbors()
    return distances[:, k - 1]


with threadpool_limits(threads):
    for line in sys.stdin:
        request = json.loads(line)
        start = time.perf_counter()
        farthest = {"faiss": by_faiss, "sklearn": by_sklearn}[request["who"]](request["k"])
        seconds = time.perf_counter() - start
        print(json.dumps({"seconds": seconds, "mean": float(farthest.astype(numpy.float64).mean())}), flush=True)
