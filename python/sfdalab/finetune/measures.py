"""Accuracies, in percent, of logits N×C."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def top_1(logits: Array, labels: Array) -> float:
    """The share of samples whose class, N, has the largest logit; the first of equals."""
    return float(100 * np.mean(logits.argmax(axis=1) == labels))


def mean_per_class(logits: Array, labels: Array) -> float:
    """The mean over the classes that occur of the share of their samples that are right."""
    right = logits.argmax(axis=1) == labels
    return float(100 * np.mean([right[labels == c].mean() for c in np.unique(labels)]))


def map_11_point(logits: Array, present: Array, difficult: Array) -> float:
    """The mean over classes of PASCAL VOC 2007's average precision: the mean, over the
    recalls 0, 0.1, …, 1, of the highest precision at that recall or more.

    present and difficult are N×C, true where a sample has a class and where that is a
    difficult object: such samples are left out of that class, as the challenge does.
    Classes without a sample are left out. Of equal logits the first sample comes first.
    """
    values = []
    for c in range(logits.shape[1]):
        kept = ~difficult[:, c]
        positive = present[kept, c]
        if not positive.any():
            continue
        hits = positive[np.argsort(-logits[kept, c], kind="stable")]
        found = np.cumsum(hits)
        recall, precision = found / found[-1], found / np.arange(1, len(hits) + 1)
        values.append(np.mean([precision[recall >= t].max() for t in np.arange(11) / 10]))
    if not values:
        raise ValueError("no class has a sample in the split")
    return float(100 * np.mean(values))
