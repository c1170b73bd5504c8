"""Reference numbers for the accuracy measures, by numpy, scipy, scikit-learn, statsmodels, alphalens and quantstats.

  python libs/engine/accuracy/accuracy_reference.py > libs/engine/accuracy/accuracy.reference.json

  pip install numpy scipy scikit-learn statsmodels pandas alphalens-reloaded quantstats
The versions that made the numbers are in the file.
"""

import json
import platform
from importlib.metadata import version

import numpy as np
import pandas as pd
import quantstats.stats as qs
import statsmodels.api as sm
from alphalens.performance import factor_information_coefficient
from scipy import special, stats
from sklearn.calibration import _SigmoidCalibration
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss
from statsmodels.stats.proportion import proportion_confint

rng = np.random.default_rng(22)


def rounded(values, digits=6):
    return [None if np.isnan(v) else round(float(v), digits) for v in values]


def wilson():
    cases = [(0, 7), (1, 1), (3, 10), (55, 100), (999, 1000), (5003, 10000)]
    return [[h, n, *map(float, proportion_confint(h, n, method="wilson"))] for h, n in cases]


def coefficients():
    days, names = 12, 30
    score = np.round(rng.normal(size=(days, names)), 1)
    realised = np.round(0.02 * (0.3 * score + rng.normal(size=(days, names))), 6)
    index = pd.MultiIndex.from_product(
        [pd.bdate_range("2024-01-01", periods=days, name="date"), [f"I{i}" for i in range(names)]],
        names=["date", "asset"],
    )
    data = pd.DataFrame({"1D": realised.ravel(), "factor": score.ravel()}, index=index)
    by_day = factor_information_coefficient(data)["1D"].to_numpy()
    pearson = [float(stats.pearsonr(score[t], realised[t]).statistic) for t in range(days)]
    fit = sm.OLS(by_day, np.ones(days)).fit(cov_type="HAC", cov_kwds={"maxlags": 4, "use_correction": True})
    return {
        "score": [rounded(row) for row in score],
        "realised": [rounded(row) for row in realised],
        "spearman_alphalens": by_day.tolist(),
        "pearson_scipy": pearson,
        "mean": float(by_day.mean()),
        "standard_error": float(by_day.std(ddof=1) / np.sqrt(days)),
        "newey_west_5": float(fit.bse[0]),
    }


def brier():
    confidence = np.round(rng.uniform(0.3, 1, 200), 4)
    hit = (rng.uniform(size=200) < 0.2 + 0.6 * confidence).astype(int)
    isotonic = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(confidence, hit)
    sigmoid = _SigmoidCalibration().fit(confidence, hit)
    at = np.linspace(0.25, 1, 16)
    return {
        "confidence": confidence.tolist(),
        "hit": hit.tolist(),
        "score": float(brier_score_loss(hit, confidence)),
        "isotonic": isotonic.predict(confidence).tolist(),
        "at": at.tolist(),
        "isotonic_at": isotonic.predict(at).tolist(),
        "sigmoid_at": sigmoid.predict(at).tolist(),
    }


def sharpe():
    returns = np.round(0.0008 + 0.01 * rng.standard_t(4, size=300), 6)
    n, ratio = len(returns), returns.mean() / returns.std(ddof=1)
    skew, kurtosis = stats.skew(returns), stats.kurtosis(returns, fisher=False)
    deviation = np.sqrt((1 - skew * ratio + (kurtosis - 1) / 4 * ratio**2) / (n - 1))
    trials, variance, gamma = 45, 0.1 / 252, np.euler_gamma
    maximum = np.sqrt(variance) * (
        (1 - gamma) * stats.norm.ppf(1 - 1 / trials) + gamma * stats.norm.ppf(1 - 1 / (trials * np.e))
    )
    series = pd.Series(returns, index=pd.bdate_range("2024-01-01", periods=n))
    return {
        "returns": returns.tolist(),
        "sharpe_quantstats": float(qs.sharpe(series, annualize=False)),
        "psr_quantstats": float(qs.probabilistic_sharpe_ratio(series)),
        "skewness": float(skew),
        "kurtosis": float(kurtosis),
        "sample_skewness": float(series.skew()),
        "sample_excess_kurtosis": float(series.kurtosis()),
        "psr": float(stats.norm.cdf(ratio / deviation)),
        "trials": trials,
        "variance": variance,
        "expected_maximum": float(maximum),
        "dsr": float(stats.norm.cdf((ratio - maximum) / deviation)),
    }


def value_at_risk():
    returns = np.round(0.012 * rng.standard_t(3, size=500), 6)
    limit = np.full(500, 0.018)
    beyond = (returns < -limit).astype(int)
    n, x = len(beyond), beyond.sum()
    coverage = -2 * (stats.binom.logpmf(x, n, 0.05) - stats.binom.logpmf(x, n, x / n))
    table = np.zeros((2, 2))
    for before, after in zip(beyond[:-1], beyond[1:]):
        table[before, after] += 1
    # the likelihood ratio of a Markov chain against independence is the G test of the table of transitions
    g = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic
    return {
        "returns": returns.tolist(),
        "limit": 0.018,
        "exceedances": int(x),
        "coverage": [float(coverage), float(stats.chi2.sf(coverage, 1))],
        "independence": [float(g), float(stats.chi2.sf(g, 1))],
        "conditional": [float(coverage + g), float(stats.chi2.sf(coverage + g, 2))],
    }


def distributions():
    p = [1e-12, 1e-4, 0.02, 0.3, 0.5, 0.77, 0.999, 1 - 1e-9]
    t = [(-2.0, 3), (0.0, 5), (0.5, 1), (1.96, 30), (3.5, 8), (12.0, 4), (2.5, 400)]
    beta = [(0.1, 0.5, 3), (0.5, 10, 10), (0.93, 40, 2.5), (0.999, 0.5, 0.5)]
    return {
        "normal_quantile": [[v, float(stats.norm.ppf(v))] for v in p],
        "student": [[v, d, float(stats.t.sf(v, d))] for v, d in t],
        "beta": [[x, a, b, float(special.betainc(a, b, x))] for x, a, b in beta],
    }


packages = ["numpy", "scipy", "scikit-learn", "statsmodels", "pandas", "alphalens-reloaded", "quantstats"]
print(
    json.dumps(
        {
            "made_by": {"python": platform.python_version(), **{name: version(name) for name in packages}},
            "wilson": wilson(),
            "coefficients": coefficients(),
            "brier": brier(),
            "sharpe": sharpe(),
            "value_at_risk": value_at_risk(),
            "distributions": distributions(),
        }
    )
)
