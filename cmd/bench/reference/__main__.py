"""The metrics in NumPy, SciPy and scikit-learn, to compare speed and scores with.

Each function computes a metric by the steps of its authors' released code: all
generalised eigenvectors for SFDA, covariances class by class, an SVD for LogME,
GaussianMixture for NLEEP. Written from the equations. A function takes what its
parameters name: features x (N×D), classes y (N), source outputs (N×Z), a second
feature set (N×D₂), and the metric's own settings.

usage: python reference METRIC[,NAME=VALUE]... FEATURES.npy LABELS.npy OUTPUTS.npy SECOND.npy
prints a JSON object with the score and the seconds that computing it took, from
the arrays in memory as they are stored.
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
    "spectra": ("rankme", "alpha_req"),
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
    score = function(metric)
    wanted = inspect.signature(score).parameters
    given = {name: np.load(f) for name, f in zip(("x", "y", "outputs", "second"), files) if name in wanted}
    start = time.perf_counter()
    for name, v in given.items():
        given[name] = np.unique(v, return_inverse=True)[1] if name == "y" else v.astype(np.float64)
    value = score(**given, **dict(setting.split("=") for setting in settings))
    print(json.dumps({"metric": metric, "score": float(value), "seconds": time.perf_counter() - start}))


if __name__ == "__main__":
    main()
