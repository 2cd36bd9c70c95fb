"""The neighbour graph of points, its leading eigenvectors, and how well a partition fits it.

Fuzzy weights: McInnes, Healy & Melville, "UMAP", 2018. Eigenvectors of the normalised adjacency: Ng, Jordan &
Weiss, "On spectral clustering", NIPS 2001. Modularity: Newman, "Modularity and community structure", 2006.
"""

import faiss
import numpy as np
import scipy.sparse as sparse
from scipy.sparse.linalg import eigsh

NEIGHBOURS = 10
BISECTIONS = 40


def nearest_neighbours(points, count=NEIGHBOURS):
    """points (n,d) → distances and indices (n,count), exact, nearest first, without the point itself."""
    index = faiss.IndexFlatL2(points.shape[1])
    index.add(points)
    squares, found = index.search(points, count + 1)
    itself = found == np.arange(len(points))[:, None]
    itself[~itself.any(axis=1), -1] = True  # more than `count` copies of a point may hide it
    others = ~itself
    distances = np.sqrt(np.maximum(squares[others], 0))
    return distances.reshape(-1, count), found[others].reshape(-1, count)


def fuzzy_graph(distances, indices):
    """distances, indices (n,k) → symmetric weights (n,n) in 0..1.

    A point's weights are exp(-(distance - nearest) / width), the width such that they sum to log₂(k + 1); an
    edge that both ends see is joined as P + Pᵀ − P∘Pᵀ.
    """
    n, k = distances.shape
    beyond = np.maximum(distances - distances[:, :1], 0)
    least, most = np.zeros((n, 1)), np.full((n, 1), np.inf)
    width = np.full((n, 1), float(distances.mean()))
    for _ in range(BISECTIONS):
        too_wide = np.exp(-beyond / width).sum(axis=1, keepdims=True) > np.log2(k + 1)
        most, least = np.where(too_wide, width, most), np.where(too_wide, least, width)
        width = np.where(np.isinf(most), width * 2, (least + most) / 2)
    width = np.maximum(width, 1e-3 * distances.mean(axis=1, keepdims=True))
    weights = np.exp(-beyond / width)
    directed = sparse.csr_matrix((weights.ravel(), indices.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n))
    reverse = directed.T.tocsr()
    return (directed + reverse - directed.multiply(reverse)).tocsr()


def leading_eigenvectors(graph, count, seed=0):
    """→ eigenvalues (count), descending, and eigenvectors (n,count) of D^-½ W D^-½."""
    degrees = np.asarray(graph.sum(axis=1)).ravel()
    scale = sparse.diags(1 / np.sqrt(np.maximum(degrees, 1e-12)))
    start = np.random.RandomState(seed).rand(len(degrees))
    basis = max(2 * count + 1, 30)
    values, vectors = eigsh(scale @ graph @ scale, k=count, which="LA", tol=1e-4, v0=start, ncv=basis)
    order = np.argsort(-values)
    return values[order], vectors[:, order]


def edge_masses(graph, partition):
    """→ B (k,k): the share of all edge weight from each part to each part."""
    n = len(partition)
    members = sparse.csr_matrix((np.ones(n), (np.arange(n), partition)), shape=(n, partition.max() + 1))
    masses = np.asarray((members.T @ graph @ members).todense())
    return masses / masses.sum()


def modularity(graph, partition):
    masses = edge_masses(graph, partition)
    return np.trace(masses) - (masses.sum(axis=1) ** 2).sum()
