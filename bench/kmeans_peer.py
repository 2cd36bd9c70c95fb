"""scikit-learn's k-means on the rows of a float32 file.

kmeans_peer.py FILE COLUMNS THREADS: then one JSON request a line on standard input, {"k", "restarts",
"iterations", "seed"}; one JSON answer a line, {"seconds", "inertia", "iterations"}. Only fit() is timed.
"""

import json
import sys
import time
import warnings

import numpy
import sklearn
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

warnings.simplefilter("ignore", ConvergenceWarning)
path, columns, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
x = numpy.fromfile(path, numpy.float32).reshape(-1, columns)
print(json.dumps({"version": sklearn.__version__}), flush=True)

with threadpool_limits(threads):
    for line in sys.stdin:
        request = json.loads(line)
        model = KMeans(
            request["k"],
            init="k-means++",
            n_init=request["restarts"],
            max_iter=request["iterations"],
            tol=0,
            algorithm="lloyd",
            random_state=request["seed"],
        )
        start = time.perf_counter()
        model.fit(x)
        seconds = time.perf_counter() - start
        answer = {"seconds": seconds, "inertia": float(model.inertia_), "iterations": model.n_iter_}
        print(json.dumps(answer), flush=True)
