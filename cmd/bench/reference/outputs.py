"""Metrics of source outputs, and the energy, which is one of features, too."""

import numpy as np
from scipy.special import digamma, gammaln, logsumexp

from common import given_clusters, one_hot, softmax


def leep(outputs, y):
    return np.log(given_clusters(softmax(outputs), y)).mean()


def nce(outputs, y):
    z = softmax(outputs).argmax(axis=1)
    joint = np.zeros((y.max() + 1, z.max() + 1))
    np.add.at(joint, (y, z), 1 / len(y))
    conditional = joint / np.maximum(joint.sum(axis=0, keepdims=True), 1e-300)
    there = joint > 0
    return (joint[there] * np.log(conditional[there])).sum()


def energy(x):
    """The mean of the lowest 0.5 %."""
    return np.sort(logsumexp(x, axis=1))[: 5 * len(x) // 1000].mean()


def pactran(outputs, y, weigh):
    """Ten updates of the posterior: its counts, the prior, and the divergence."""
    p, classes = softmax(outputs), one_hot(y)
    logs = np.log(p + 1e-10)
    prior = (np.bincount(y) / len(y) + 1e-10)[:, None]
    q = p
    for _ in range(10):
        counts = prior + classes.T @ q
        q = softmax(logs + weigh(counts)[y])
    return p, counts, prior, (q * (np.log(np.maximum(q, 1e-300)) - logs)).sum()


def pactran_dirichlet(outputs, y):
    _, counts, prior, divergence = pactran(outputs, y, lambda a: digamma(a) - digamma(a.sum(axis=0)))
    bound = (gammaln(counts) - gammaln(prior)).sum() - divergence
    bound += (gammaln(prior.sum()) - gammaln(counts.sum(axis=0))).sum()
    return bound / (len(y) * len(prior))


def pactran_gamma(outputs, y):
    p, counts, prior, divergence = pactran(outputs, y, digamma)
    bound = (gammaln(prior) - gammaln(counts)).sum() + divergence
    bound += (np.log(p @ counts.sum(axis=0)) - 1).sum()
    return -(bound / (len(y) * len(prior)) + 1)
