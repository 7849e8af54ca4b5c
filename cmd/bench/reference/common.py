"""What several metrics compute alike."""

import numpy as np


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def class_means(x, y):
    return np.stack([x[y == c].mean(axis=0) for c in range(y.max() + 1)])


def one_hot(y):
    return np.eye(y.max() + 1)[y]


def own(p, y):
    """The entry of each row for the row's own class."""
    return p[np.arange(len(y)), y]


def standardise(x):
    deviation = x.std(axis=0)
    return (x - x.mean(axis=0)) / np.where(deviation > 0, deviation, 1)


def squared_distances(x):
    squares = (x**2).sum(axis=1)
    return np.maximum(squares[:, None] + squares[None, :] - 2 * x @ x.T, 0)


def given_clusters(p, y):
    """Σ_z P(y_n | z) p[n, z] of LEEP, for memberships p (N×Z)."""
    joint = np.stack([p[y == c].sum(axis=0) for c in range(y.max() + 1)]) / len(y)
    conditional = joint / joint.sum(axis=0, keepdims=True)
    return own(p @ conditional.T, y)
