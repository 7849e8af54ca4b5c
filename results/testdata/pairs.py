"""Writes pairs.json: values that pairs.go and ShareInterval are held to.

Run once with SciPy 1.17.1, NumPy 2.4.6 and statsmodels 0.14.4: python3 pairs.py > pairs.json
"""
import json
import sys

import numpy as np
import scipy
import statsmodels
from scipy import stats
from scipy.spatial.distance import pdist
from statsmodels.stats.proportion import proportion_confint

rng = np.random.default_rng(21)
cases = []
for n, digits in [(3, 3), (8, 1), (11, 3), (40, 0)]:
    s = np.round(rng.normal(size=n), digits)
    a = np.round(80 + 3 * s + 4 * rng.normal(size=n), max(digits, 1))
    i, j = np.triu_indices(n, 1)
    accuracy = {}
    for beyond in [0, 1, 2.5]:
        far = np.abs(a[i] - a[j]) > beyond
        tau = np.mean(np.sign(a[i] - a[j])[far] * np.sign(s[i] - s[j])[far])
        accuracy[str(beyond)] = (1 + tau) / 2
    sd = 0.7
    p = 2 * stats.norm.sf(np.abs(a[i] - a[j]) / (np.sqrt(2) * sd))
    cases.append({"score": s.tolist(), "accuracy": a.tolist(), "fidelity": stats.pearsonr(pdist(s[:, None]), pdist(a[:, None]))[0],
                  "pairs": accuracy, "unordered": float(np.mean(p > 0.05))})

shares = []
for right, n, level in [(0, 5, 0.95), (11, 11, 0.95), (7, 11, 0.95), (3, 8, 0.8), (29, 30, 0.95)]:
    lo, hi = proportion_confint(right, n, alpha=1 - level, method="wilson")
    again = stats.binomtest(right, n).proportion_ci(level, "wilson")
    assert abs(lo - again.low) < 1e-12 and abs(hi - again.high) < 1e-12
    shares.append({"right": right, "n": n, "level": level, "lo": lo, "hi": hi})

json.dump({"origin": f"pairs.py, SciPy {scipy.__version__}, NumPy {np.__version__}, statsmodels {statsmodels.__version__}",
           "cases": cases, "shares": shares}, sys.stdout)
