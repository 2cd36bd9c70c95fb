"""Which images' kinds are sure enough to train a network on: the neighbours agree, and no satellite.

A satellite is a small, tight group (of based 1s, of crossed 7s) that sits on the edge of the wrong kind: its
own images all agree, so only its links to the outside tell. Eigenvectors finer than the kinds find it.
"""

import numpy as np
import scipy.sparse as sparse
from graph import leading_eigenvectors
from sklearn.cluster import MiniBatchKMeans

TRUSTED_VOTE = 0.97
EIGENVECTORS_PER_KIND = 6
GROUPS_PER_KIND = 10
RUNS, RUNS_NEEDED = 5, 2
SMALL = 0.05
"""A satellite is smaller than this share of the mean kind."""
OWN_LINKS = 0.8
"""Less than this share of its outside links goes to groups of its own kind."""


def neighbour_average(graph):
    """D⁻¹W."""
    return (sparse.diags(1 / np.asarray(graph.sum(axis=1)).ravel()) @ graph).tocsr().astype(np.float32)


def trusted_images(graph, partition, k, seed=0):
    """→ trusted (n) and quarantined (n), booleans."""
    average = neighbour_average(graph)
    votes = average @ (average @ np.eye(k, dtype=np.float32)[partition])
    quarantined = satellites(graph, partition, k, seed)
    return (votes.max(axis=1) >= TRUSTED_VOTE) & ~quarantined, quarantined


def satellites(graph, partition, k, seed):
    _, vectors = leading_eigenvectors(graph, EIGENVECTORS_PER_KIND * k, seed)
    rows = (vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)).astype(np.float32)
    flags = np.zeros(len(partition), int)
    for run in range(RUNS):
        groups = MiniBatchKMeans(
            GROUPS_PER_KIND * k, random_state=1000 * seed + run, batch_size=4096, n_init=3, max_iter=40
        ).fit_predict(rows)
        flags += satellite_groups(graph, partition, groups, k)[groups]
    return flags >= RUNS_NEEDED


def satellite_groups(graph, partition, groups, k):
    """→ (groups) booleans."""
    n, count = len(groups), GROUPS_PER_KIND * k
    members = sparse.csr_matrix((np.ones(n), (np.arange(n), groups)), shape=(n, count))
    links = np.asarray((members.T @ graph @ members).todense())
    np.fill_diagonal(links, 0)
    sizes = np.bincount(groups, minlength=count)
    in_kind = np.zeros((count, k), int)
    np.add.at(in_kind, (groups, partition), 1)
    kind = in_kind.argmax(axis=1)
    own = (links * (kind[:, None] == kind)).sum(axis=1)
    return (own < OWN_LINKS * np.maximum(links.sum(axis=1), 1e-12)) & (sizes < SMALL * n / k)
