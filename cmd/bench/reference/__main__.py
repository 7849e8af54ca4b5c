"""The metrics in NumPy, SciPy and scikit-learn, to compare speed and scores with.

Each function computes a metric by the steps of its authors' released code: all
generalised eigenvectors for SFDA, covariances class by class, an SVD for LogME,
GaussianMixture for NLEEP. Written from the equations. A function takes what its
parameters name: features x (N×D), classes y (N), source outputs (N×Z), a second
feature set (N×D₂), and the metric's own settings.

usage: python reference METRIC[,NAME=VALUE]... FEATURES.npy LABELS.npy OUTPUTS.npy SECOND.npy
prints a JSON object with the score and the seconds that computing it took,
reading the files left out.
"""

import importlib
import inspect
import json
import sys
import time
import warnings

import numpy as np

FAMILIES = {  # which file holds a metric; only that is imported
    "discriminants": ("sfda", "lda", "etran", "ncti", "ped_sfda", "sa_sfda"),
    "regression": ("logme", "hscore", "hscore_shrunk", "emms", "transrate"),
    "mixtures": ("nleep", "gbc"),
    "outputs": ("leep", "nce", "energy", "pactran_dirichlet", "pactran_gamma"),
    "pairs": ("parc", "rsa", "dds", "knn", "id", "concept_variance", "silhouette", "lfc"),
    "separability": ("fisher_ratio", "davies_bouldin"),
    "probes": ("logistic", "linear_svm", "ncm", "lda_cv", "lead", "itm", "pactran_gauss"),
}


def function(metric):
    name = metric.replace("-", "_").replace(":", "_")
    for family, names in FAMILIES.items():
        if name in names:
            module = importlib.import_module(family)
            return getattr(module, name)
    raise SystemExit(f"no reference for {metric}")


def main():
    metric, *files = sys.argv[1:]
    metric, *settings = metric.split(",")
    warnings.simplefilter("ignore")  # that solvers stop before the minimum
    x, labels, outputs, second = (np.load(f) for f in files)
    given = {
        "x": x.astype(np.float64),
        "y": np.unique(labels, return_inverse=True)[1],
        "outputs": outputs.astype(np.float64),
        "second": second.astype(np.float64),
    }
    score = function(metric)
    given = {name: v for name, v in given.items() if name in inspect.signature(score).parameters}
    given.update(setting.split("=") for setting in settings)
    start = time.perf_counter()
    value = score(**given)
    print(json.dumps({"metric": metric, "score": float(value), "seconds": time.perf_counter() - start}))


if __name__ == "__main__":
    main()
