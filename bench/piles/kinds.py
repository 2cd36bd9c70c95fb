"""Kinds from a neighbour graph: too many pieces, merged to K in several ways, the most modular way kept.

A tiny, weakly linked group takes one of K slots while two true kinds fuse: that is how asking k-means for K
goes wrong on real piles. So more pieces than kinds are made (m, where the spectrum has its widest relative
gap above K, and three fixed multiples of K), and the merging decides. No label, no switch for balance.
"""

from collections import namedtuple
from functools import lru_cache

import numpy as np
from graph import edge_masses, leading_eigenvectors, modularity
from sklearn.cluster import KMeans

Kinds = namedtuple("Kinds", "partition modularity pieces merging")
Spectrum = namedtuple("Spectrum", "values vectors")

MULTIPLES = (1.4, 1.8, 2.5)
MOST_PIECES = 2.5
"""Pieces are at most 2.5 K; so many eigenvectors, and two, are needed."""
NEAR_TIE = 0.95
RESTARTS = 5
TOO_LARGE = 1.5
"""The balanced way splits and makes no kind above 1.5 times the mean size."""
SPLITTING_ROUNDS = 6
WIDEST_GAIN = 0.002
"""A gain in modularity below this counts as this, where gains are compared."""


def find_kinds(graph, k, seed=0):
    """graph (n,n) → the Kinds of highest modularity over all ways to make k."""
    spectrum = Spectrum(*leading_eigenvectors(graph, spectrum_size(k), seed))
    return best_kinds(graph, k, spectrum.values, piece_maker(spectrum, seed), MULTIPLES, seed)


def rank_numbers_of_kinds(graph, candidates=range(2, 18), seed=0):
    """→ [(k, ratio)] best first: Q(k) − Q(k−1) over what the next kind would gain, Q the modularity.

    `candidates` are consecutive; the first and the last are only compared with. One spectrum serves all.
    """
    spectrum = Spectrum(*leading_eigenvectors(graph, spectrum_size(max(candidates)), seed))
    make_pieces = piece_maker(spectrum, seed)
    found = [best_kinds(graph, k, spectrum.values, make_pieces, (1.4, 2.0), seed) for k in candidates]
    gains = np.diff([kinds.modularity for kinds in found])
    ratios = gains[:-1] / np.maximum(gains[1:], WIDEST_GAIN)
    return [(candidates[1 + index], float(ratios[index])) for index in np.argsort(-ratios)]


def rank_by_eigengap(graph, most=20, seed=0):
    """→ the k in 2..most-1, largest relative gap of the normalised Laplacian's spectrum first: the plain rule."""
    values, _ = leading_eigenvectors(graph, most + 2, seed)
    distances = 1 - values
    numbers = np.arange(2, most)
    return numbers[np.argsort(-distances[numbers] / np.maximum(distances[numbers - 1], 1e-6))].tolist()


def spectrum_size(k):
    return int(MOST_PIECES * k) + 2


def piece_maker(spectrum, seed):
    @lru_cache(maxsize=None)
    def pieces(count):
        return spectral_pieces(spectrum.vectors[:, :count], count, seed)

    return pieces


def spectral_pieces(vectors, count, seed):
    """vectors (n,m) → partition (n) into `count` pieces by k-means on the rows scaled to length 1."""
    rows = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    model = KMeans(count, n_init=RESTARTS, max_iter=100, random_state=seed, algorithm="lloyd")
    return model.fit(rows.astype(np.float32)).labels_


def best_kinds(graph, k, eigenvalues, make_pieces, multiples, seed):
    best = None
    gap_count = pieces_before_gap(eigenvalues, k)
    for count in dict.fromkeys([gap_count, *(int(np.ceil(multiple * k)) for multiple in multiples)]):
        pieces = make_pieces(count)
        ways = {
            "linkage": merge(graph, pieces, k, strongest_link),
            "small first": merge(graph, pieces, k, small_first),
        }
        if count == gap_count:
            ways["balanced"] = merge(graph, split_large(graph, pieces, k, seed), k, strongest_link_up_to_size)
        for merging, partition in ways.items():
            score = modularity(graph, partition)
            if best is None or score > best.modularity + 1e-9:
                best = Kinds(partition, score, count, merging)
    return best


def pieces_before_gap(eigenvalues, k):
    """The largest m in k..2.5k whose relative gap ℓ_{m+1}/ℓ_m, ℓ = 1 − λ, is within 5 % of the widest."""
    distances = np.maximum(1 - eigenvalues, 1e-9)
    counts = np.arange(k, int(MOST_PIECES * k) + 1)
    gaps = distances[counts] / distances[counts - 1]
    return int(counts[gaps >= NEAR_TIE * gaps.max()][-1])


def merge(graph, pieces, k, cost):
    """Joins the two pieces of least cost(masses, sizes) until k are left. Sizes are in mean kinds, n / k."""
    _, pieces = np.unique(pieces, return_inverse=True)
    masses = edge_masses(graph, pieces)
    sizes = np.bincount(pieces) * k / len(pieces)
    kind_of_piece = np.arange(len(sizes))
    while len(sizes) > k:
        costs = cost(masses, sizes)
        np.fill_diagonal(costs, np.inf)
        keep, drop = sorted(np.unravel_index(costs.argmin(), costs.shape))
        masses[keep] += masses[drop]
        masses[:, keep] += masses[:, drop]
        sizes[keep] += sizes[drop]
        masses = np.delete(np.delete(masses, drop, axis=0), drop, axis=1)
        sizes = np.delete(sizes, drop)
        kind_of_piece[kind_of_piece == drop] = keep
        kind_of_piece[kind_of_piece > drop] -= 1
    return kind_of_piece[pieces]


def link_strengths(masses):
    """Edge mass between two parts over what their degrees alone would give."""
    volumes = masses.sum(axis=1)
    return masses / np.outer(volumes, volumes)


def strongest_link(masses, _):
    return -link_strengths(masses)


def small_first(masses, sizes):
    """What is small joins early, and where the link is nearly as strong as inside the two."""
    strengths = link_strengths(masses)
    inside = np.sqrt(np.diag(strengths))
    return np.minimum.outer(sizes, sizes) * np.log(1 + np.outer(inside, inside) / (strengths + 1e-3))


def strongest_link_up_to_size(masses, sizes):
    """As strongest_link, but no part above TOO_LARGE while there is another choice."""
    costs = strongest_link(masses, sizes)
    allowed = np.add.outer(sizes, sizes) <= TOO_LARGE
    np.fill_diagonal(allowed, False)
    return np.where(allowed, costs, np.inf) if allowed.any() else costs


def split_large(graph, pieces, k, seed):
    """Cuts pieces above TOO_LARGE mean kinds along their own subgraphs, until there is none."""
    mean_size = len(pieces) / k
    pieces = pieces.copy()
    for _ in range(SPLITTING_ROUNDS):
        sizes = np.bincount(pieces)
        large = np.flatnonzero(sizes > TOO_LARGE * mean_size)
        if len(large) == 0:
            break
        for piece in large:
            count = max(2, round(sizes[piece] / mean_size))
            members = np.flatnonzero(pieces == piece)
            _, vectors = leading_eigenvectors(graph[members][:, members].tocsr(), count + 2, seed=0)
            parts = spectral_pieces(vectors[:, : count + 1], count, seed)
            for part in range(1, count):
                pieces[members[parts == part]] = pieces.max() + 1
    return pieces
