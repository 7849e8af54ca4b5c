"""Metrics that take classes or clusters for normal distributions."""

import numpy as np

from common import class_means, given_clusters


def nleep(x, y, repeats="3"):
    from sklearn.decomposition import PCA
    from sklearn.mixture import GaussianMixture

    reduced = PCA(n_components=0.8).fit_transform(x)
    scores = []
    for seed in range(int(repeats)):
        mixture = GaussianMixture(n_components=5 * (y.max() + 1), random_state=seed).fit(reduced)
        scores.append(given_clusters(mixture.predict_proba(reduced), y).mean())
    return np.mean(scores)


def gbc(x, y, covariance="spherical", dims="64"):
    if dims != "0":
        from sklearn.decomposition import PCA

        x = PCA(n_components=int(dims), svd_solver="full").fit_transform(x)
    classes, means = y.max() + 1, class_means(x, y)
    if covariance == "full":
        distance = full_distances(x, y, means)
    else:
        variances = np.stack([np.maximum(x[y == c].var(axis=0), 1e-4) for c in range(classes)])
        if covariance == "spherical":
            variances = variances.mean(axis=1, keepdims=True)

        def distance(i, j):
            pooled = (variances[i] + variances[j]) / 2
            logs = np.log(pooled / np.sqrt(variances[i] * variances[j])).sum()
            return ((means[i] - means[j]) ** 2 / pooled).sum() / 8 + logs / 2

    return -2 * sum(np.exp(-distance(i, j)) for i in range(classes) for j in range(i))


def full_distances(x, y, means):
    """The function that returns the distance of two classes; eigenvalues are at least 1e-4."""
    covariances, logs = [], []
    for c in range(len(means)):
        values, vectors = np.linalg.eigh(np.cov(x[y == c].T, ddof=0))
        values = np.maximum(values, 1e-4)
        covariances.append(vectors * values @ vectors.T)
        logs.append(np.log(values).sum())

    def distance(i, j):
        pooled = (covariances[i] + covariances[j]) / 2
        delta = means[i] - means[j]
        mahalanobis = delta @ np.linalg.solve(pooled, delta)
        return mahalanobis / 8 + (np.linalg.slogdet(pooled)[1] - (logs[i] + logs[j]) / 2) / 2

    return distance
