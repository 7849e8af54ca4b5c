"""Writes tests.json: values that the package compare is held to.

Run once with SciPy 1.10.1, NumPy 1.24.2, statsmodels 0.13.5, scikit-posthocs 0.12.0,
autorank 1.3.0 and baycomp 1.0.3: python3 tests.py > tests.json
"""
import json
import sys
import warnings

import baycomp
import numpy as np
import scikit_posthocs
import scipy
import statsmodels
from autorank._util import _critical_distance
from scipy import stats
from statsmodels.stats.multitest import multipletests

warnings.simplefilter("ignore")
rng = np.random.default_rng(5)

friedman = []
for n, k, digits in [(11, 5, 6), (6, 3, 6), (11, 30, 6), (14, 4, 1), (2, 3, 6), (5, 8, 1)]:
    v = np.round(rng.normal(size=(n, k)) + 0.4 * np.arange(k), digits)
    r = stats.friedmanchisquare(*v.T)
    nemenyi = scikit_posthocs.posthoc_nemenyi_friedman(-v).to_numpy()[0]  # the first against each
    friedman.append({"values": v.tolist(), "chi": r.statistic, "p": r.pvalue, "nemenyi": nemenyi.tolist(),
                     "cd": _critical_distance(0.05, k, n)})

exact = []
for n, k, digits in [(2, 3, 6), (4, 3, 1), (3, 4, 6), (2, 5, 6), (5, 3, 0)]:
    v = np.round(rng.normal(size=(n, k)) + 0.4 * np.arange(k), digits)
    r = stats.permutation_test(tuple(v.T), lambda *x: stats.friedmanchisquare(*x).statistic, vectorized=False,
                               permutation_type="samples", alternative="greater", n_resamples=np.inf)
    exact.append({"values": v.tolist(), "p": r.pvalue})

wilcoxon = []
for n in [3, 5, 6, 8, 11, 20, 40]:
    x = rng.normal(size=n)
    y = rng.normal(size=n) + 0.5
    r = stats.wilcoxon(x, y, mode="exact")
    wilcoxon.append({"x": x.tolist(), "y": y.tolist(), "p": r.pvalue, "statistic": r.statistic})


def signed_ranks(x, y):
    d = x - y
    return stats.rankdata(np.abs(d))[d > 0].sum()


# With ties, SciPy's p is of ranks without them; its test of all signs is exact.
for n in [6, 9, 12]:
    d = rng.integers(1, 4, n) * rng.choice([-1, 1, 1], n)
    x, y = d.astype(float), np.zeros(n)
    r = stats.permutation_test((x, y), signed_ranks, vectorized=False, permutation_type="samples", n_resamples=np.inf)
    plus = signed_ranks(x, y)
    wilcoxon.append({"x": x.tolist(), "y": y.tolist(), "p": r.pvalue, "statistic": min(plus, n * (n + 1) / 2 - plus)})

ranges = [{"k": k, "p": p, "q": stats.studentized_range.ppf(p, k, np.inf)} for k in [2, 3, 5, 10, 30] for p in [0.9, 0.95, 0.99]]

holm = []
for p in [[0.01, 0.04, 0.03, 0.005], rng.random(8).tolist(), [0.02, 0.02, 0.7, 1.0]]:
    holm.append({"p": p, "adjusted": multipletests(p, method="holm")[1].tolist()})

bayes = []
for n, shift, rope in [(11, 0.3, 0.1), (11, 0, 0.5), (6, 0.5, 0.05), (20, 0.2, 0.01)]:
    x, y = rng.normal(size=n) + shift, rng.normal(size=n)
    p = baycomp.SignedRankTest.probs(x, y, rope, nsamples=200_000, random_state=1)
    bayes.append({"x": x.tolist(), "y": y.tolist(), "rope": rope, "posterior": [float(v) for v in p]})

consensus = []
for k, m, digits in [(3, 5, 6), (6, 11, 1)]:
    v = np.round(rng.normal(size=(k, m)), digits)
    ranks = np.array([stats.rankdata(-row) for row in v])
    consensus.append({"values": v.tolist(), "borda": (m - ranks).mean(0).tolist(), "rrf": (1 / (60 + ranks)).mean(0).tolist()})

json.dump({"origin": f"tests.py, SciPy {scipy.__version__}, NumPy {np.__version__}, statsmodels {statsmodels.__version__}, "
                     f"scikit-posthocs {scikit_posthocs.__version__}, autorank 1.3.0, baycomp 1.0.3",
           "friedman": friedman, "exact": exact, "wilcoxon": wilcoxon, "range": ranges, "holm": holm, "bayes": bayes,
           "consensus": consensus}, sys.stdout)
