"""Metrics of the spectrum of the features."""

import numpy as np


def rankme(x):
    values = np.linalg.svd(x, compute_uv=False)
    shares = values / values.sum() + 1e-7
    return np.exp(-(shares * np.log(shares)).sum())


def alpha_req(x):
    squares = np.linalg.svd(x - x.mean(axis=0), compute_uv=False) ** 2
    ranks = np.arange(4, min(len(squares), 100) + 1)
    log_rank, log_square = np.log(ranks), np.log(squares[ranks - 1])
    slope = np.polyfit(log_rank, log_square, 1, w=np.sqrt(1 / ranks))[0]
    return -abs(-slope - 1)
