"""SFDA and what rests on a linear discriminant."""

import numpy as np
from scipy import linalg

from common import class_means, own, softmax


def scatters(x, y):
    """Scatter within classes, and of all samples, over N."""
    priors = np.bincount(y) / len(y)
    within = sum(p * np.cov(x[y == c].T, bias=True) for c, p in enumerate(priors))
    return within, np.cov(x.T, bias=True)


def shrunk(scatter, shrinkage):
    d = len(scatter)
    return (1 - shrinkage) * scatter + shrinkage * np.trace(scatter) / d * np.eye(d)


def adaptive_shrinkage(within):
    v = within.sum(axis=1)
    for _ in range(3):
        u = within @ v
        u /= np.linalg.norm(u)
        v = within @ u
        v /= np.linalg.norm(v)
    return max(np.exp(-5 * (v @ within @ u)), 1e-10)


def posterior(x, y, vectors):
    means = class_means(x, y)
    weights = means @ vectors @ vectors.T
    bias = np.log(np.bincount(y) / len(y)) - np.diag(means @ weights.T) / 2
    return softmax(x @ weights.T + bias)


def fisher_posterior(x, y, shrinkage=None):
    """Posterior of the regularised Fisher discriminant, and its shrinkage."""
    within, total = scatters(x, y)
    if shrinkage is None:
        shrinkage = adaptive_shrinkage(within)
    within = shrunk(within, shrinkage)
    _, vectors = linalg.eigh(shrunk(total, shrinkage) - within, within)
    return posterior(x, y, vectors), shrinkage


def sfda(x, y):
    classes = y.max() + 1
    p, shrinkage = fisher_posterior(x, y)
    confidence = own(softmax(p), y)[:, None]
    means = class_means(x, y)
    others = (means.sum(axis=0) - means) / (classes - 1)
    mixed = confidence * x + (1 - confidence) * others[y]
    p, _ = fisher_posterior(mixed, y, shrinkage)
    return own(p, y).mean()


def lda(x, y, metric="identity"):
    """As released, eigh of a matrix that is not symmetric; within: as published."""
    within, total = scatters(x, y)
    between = total - within
    within = shrunk(within, adaptive_shrinkage(within))
    if metric == "identity":
        _, vectors = np.linalg.eigh(np.linalg.inv(within) @ between)
    else:
        _, vectors = linalg.eigh(between, within)
    return own(posterior(x, y, vectors), y).mean()


def etran(x, y):
    """Both parts; that of LDA is the score of a model without others."""
    from outputs import energy

    energy(x)
    return lda(x, y)


def principal(x, dims):
    from sklearn.decomposition import PCA

    return PCA(n_components=min(dims, *x.shape), svd_solver="full").fit(x)


def ncti(x, y):
    """All three parts; ncc is the score of a model without others."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    pca = principal(x, 64)
    reduced = pca.transform(x)
    shrinkage = np.exp(-pca.explained_variance_[:32].sum())
    if shrinkage <= 1e-10:
        fit = LinearDiscriminantAnalysis(solver="svd").fit(reduced, y)
    else:
        fit = LinearDiscriminantAnalysis(solver="eigen", shrinkage=shrinkage).fit(reduced, y)
    p = fit.predict_proba(reduced)
    np.linalg.norm(fit.transform(reduced), "nuc")
    np.log(sum(np.linalg.norm(p[y == c], "nuc") for c in range(y.max() + 1)))
    return own(p, y).mean()


def radii(x, y):
    return np.sqrt([x[y == c].var(axis=0).sum() for c in range(y.max() + 1)])


def centre_moves(means, r, sigma, apart):
    """How far each centre moves when each pair moves apart by apart(gap)."""
    lines = means[:, None, :] - means[None, :, :]
    distances = np.linalg.norm(lines, axis=2)
    np.fill_diagonal(distances, 1)
    steps = apart(distances - sigma * (r[:, None] + r[None, :])) / distances
    np.fill_diagonal(steps, 0)
    return (steps[:, :, None] * lines).sum(axis=1)


def ped_sfda(x, y, sigma=0.6, step=0.1, leave=0.5):
    deviation = np.maximum(x.std(axis=0), 1e-3)
    z = (x - x.mean(axis=0)) / deviation
    means, r, first = class_means(z, y), radii(z, y), None
    moved = np.zeros_like(means)
    for _ in range(6):
        shift = centre_moves(means, r, sigma, lambda gap: step**2 / 2 * np.maximum(-gap, 0))
        length = np.abs(shift).sum()
        first = length if first is None else first
        if length == 0 or length / first <= leave:
            break
        moved, means = moved + shift, means + shift
    return sfda(x + (moved * deviation)[y], y)


def sa_sfda(x, y, sigma=0.6, alpha=0.005):
    pca = principal(x, 64)
    if np.exp(-5 * pca.explained_variance_[:2].mean()) >= 1e-9:
        return sfda(x, y)
    z = pca.transform(x)
    return sfda(z + centre_moves(class_means(z, y), radii(z, y), sigma, lambda gap: alpha * gap)[y], y)
