"""Writes letters.json: values that Decide's pairs, letters and effect sizes are held to.

Run once with SciPy 1.17.1, NumPy 2.4.6, scikit-posthocs 0.12.0, pingouin 0.7.0 and
autorank 1.3.0: python3 letters.py > letters.json
"""
import contextlib
import json
import sys
import warnings

import numpy as np
import pandas as pd
import pingouin
import scikit_posthocs
import scipy
from autorank import autorank
from scipy import stats

warnings.simplefilter("ignore")
rng = np.random.default_rng(12)
cases = []
for n, k, step in [(12, 3, 0.8), (11, 4, 0.5), (20, 5, 0.6), (14, 8, 0.7), (8, 9, 1.0), (30, 6, 0.5), (11, 12, 0.9)]:
    v = np.round(rng.normal(size=(n, k)) + step * rng.permutation(k), 6)
    long = pd.DataFrame(v).melt(var_name="metric", value_name="value")
    holm = scikit_posthocs.posthoc_wilcoxon(long, val_col="value", group_col="metric", p_adjust="holm", method="exact").to_numpy()
    nemenyi = scikit_posthocs.posthoc_nemenyi_friedman(-v).to_numpy()
    order = np.argsort(stats.rankdata(-v, axis=1).mean(0), kind="stable")
    best = order[0]
    effect = [float(pingouin.wilcoxon(v[:, best], v[:, j])["RBC"].iloc[0]) for j in range(k) if j != best]
    case = {"values": v.tolist(), "best": int(best), "effect": effect}
    for name, p in [("signed-rank", holm), ("nemenyi", nemenyi)]:
        p = p[np.ix_(order, order)]
        letters = scikit_posthocs.compact_letter_display(pd.DataFrame(p)).tolist()
        back = np.argsort(order)
        case[name] = {"p": p[np.ix_(back, back)].tolist(), "letters": [letters[i].replace(" ", "") for i in back]}
    with contextlib.redirect_stdout(sys.stderr):
        ranked = autorank(pd.DataFrame(v), alpha=0.05, force_mode="nonparametric")
    case["mean_ranks"] = ranked.rankdf["meanrank"].sort_index().tolist()
    case["cd"] = float(ranked.cd)
    cases.append(case)

json.dump({"origin": f"letters.py, SciPy {scipy.__version__}, NumPy {np.__version__}, scikit-posthocs {scikit_posthocs.__version__}, "
                     f"pingouin {pingouin.__version__}, autorank 1.3.0", "cases": cases}, sys.stdout)
