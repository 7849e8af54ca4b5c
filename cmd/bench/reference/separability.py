"""Textbook measures of how well classes are set apart."""

from common import class_means


def fisher_ratio(x, y):
    fitted = class_means(x, y)[y]
    return ((fitted - x.mean(axis=0)) ** 2).sum() / ((x - fitted) ** 2).sum()


def davies_bouldin(x, y):
    from sklearn.metrics import davies_bouldin_score

    return -davies_bouldin_score(x, y)
