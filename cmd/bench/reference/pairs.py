"""Metrics of all pairs of samples."""

import numpy as np
from scipy import stats

from common import one_hot, squared_distances, standardise


def dissimilarities(x):
    return 1 - np.corrcoef(x)


def parc(x, y):
    upper = np.triu_indices(len(y), 1)
    features, labels = dissimilarities(standardise(x)), dissimilarities(one_hot(y))
    return 100 * stats.spearmanr(features[upper], labels[upper])[0]


def rsa(x, second):
    upper = np.triu_indices(len(x), 1)
    first, second = dissimilarities(standardise(x)), dissimilarities(standardise(second))
    return 100 * stats.spearmanr(first[upper], second[upper])[0]


def dds(x, second):
    def centred(m):
        n, z = len(m), standardise(m)
        z /= np.linalg.norm(z, axis=1, keepdims=True)
        d = 1 - z @ z.T
        np.fill_diagonal(d, 0)
        d = d - d.sum(axis=0) / (n - 2) - d.sum(axis=1, keepdims=True) / (n - 2) + d.sum() / ((n - 1) * (n - 2))
        np.fill_diagonal(d, 0)
        return d

    a, b = centred(x), centred(second)
    return 100 * (a * b).sum() / (np.linalg.norm(a) * np.linalg.norm(b))


def knn(x, y, k=5):
    distances = squared_distances(x)
    np.fill_diagonal(distances, np.inf)
    nearest = np.argpartition(distances, k, axis=1)[:, :k]
    votes = stats.mode(y[nearest], axis=1, keepdims=False).mode
    return 100 * (votes == y).mean()


def id(x, discard=0.1):
    """TwoNN."""
    distances = squared_distances(x - x.mean(axis=0))
    np.fill_diagonal(distances, np.inf)
    first, second = np.sqrt(np.partition(distances, 1, axis=1)[:, :2]).T
    logs = np.sort(np.log(second / first))
    part = min(int(len(x) * (1 - discard)), len(x) - 1)
    logs, shares = logs[:part], np.arange(1, part + 1) / len(x)
    return (logs * np.log(1 - shares)).sum() / (logs**2).sum()


def concept_variance(x, y, alpha=2):
    from scipy.spatial.distance import cdist

    span = x.max(axis=0) - x.min(axis=0)
    z = (x - x.min(axis=0)) / np.where(span > 0, span, 1)
    d = cdist(z, z)
    weights = 2.0 ** (-alpha * d / np.maximum(np.sqrt(x.shape[1]) - d, 1e-10))
    np.fill_diagonal(weights, 0)
    others = (weights * (y[:, None] != y[None, :])).sum(axis=1)
    return -(others / weights.sum(axis=1)).mean()


def silhouette(x, y):
    from sklearn.metrics import silhouette_score

    return silhouette_score(x, y)


def lfc(x, y):
    features = x @ x.T
    same = np.where(y[:, None] == y[None, :], 1.0, -1.0)
    features -= features.mean()
    same -= same.mean()
    return (features * same).sum() / np.linalg.norm(features) / np.linalg.norm(same)
