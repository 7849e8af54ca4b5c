"""Metrics that ask how well a linear map takes features to labels, or covers them."""

import numpy as np

from common import class_means, one_hot


def logme(x, y):
    n, d = x.shape
    if n > d:
        _, s, vh = np.linalg.svd(x.T @ x)
        s = np.sqrt(s)
        rank = (s > 1e-10).sum()
        s, vh = s[:rank], vh[:rank]
        u = x @ vh.T / s
    else:
        u, s, _ = np.linalg.svd(x, full_matrices=False)
    squares, evidences = s**2, []
    for target in one_hot(y).T:
        z = (u.T @ target) ** 2
        residual = (target**2).sum() - z.sum()
        alpha = beta = 1.0
        for _ in range(11):
            t = alpha / beta
            gamma = (squares / (squares + t)).sum()
            norm = (squares * z / (t + squares) ** 2).sum()
            error = (z / (1 + squares / t) ** 2).sum() + residual
            alpha = gamma / (norm + 1e-5)
            beta = (n - gamma) / (error + 1e-5)
            evidence = (d * np.log(alpha) + n * np.log(beta) - np.log(alpha + beta * squares).sum()
                        - beta * error - alpha * norm - n * np.log(2 * np.pi)) / (2 * n)
            if abs(alpha / beta - t) / t <= 1e-3:
                break
        evidences.append(evidence)
    return np.mean(evidences)


def hscore(x, y):
    g = class_means(x, y)[y]
    return np.trace(np.linalg.pinv(np.cov(x.T), rcond=1e-15) @ np.cov(g.T))


def hscore_shrunk(x, y):
    from sklearn.covariance import LedoitWolf

    fit = LedoitWolf().fit(x)
    g = class_means(x, y)[y]
    return (1 - fit.shrinkage_) * np.trace(np.linalg.pinv(fit.covariance_) @ np.cov(g.T))


def emms(x, y):
    def standard(m):
        return (m - m.mean(axis=0)) / (m.std(axis=0) + 1e-8)

    features, embeddings = standard(x), standard(one_hot(y))
    weights = np.linalg.lstsq(features, embeddings, rcond=None)[0]
    return -embeddings.shape[1] / len(y) * ((features @ weights - embeddings) ** 2).sum()


def transrate(x, y, eps=1e-4):
    def rate(z):
        n, d = z.shape
        return np.linalg.slogdet(np.eye(d) + z.T @ z / (n * eps))[1] / 2

    z = x - x.mean(axis=0)
    classes = y.max() + 1
    return rate(z) - sum(rate(z[y == c]) for c in range(classes)) / classes
