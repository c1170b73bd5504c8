"""The risk model by numpy and scikit-learn: reference numbers for the tests, and a peer for the benchmark.

  python risk_model.py fixtures SHARED_DATA_DIR > libs/engine/risk/risk-model.reference.json
      Reference numbers with the versions that made them. Without the folder of daily closes its cases are left out.
  python risk_model.py serve MATRICES.json
      Reads {"days", "instruments", "close": FILE of float64 days x instruments, "volume": FILE} and then, for every line "build" on
      standard input, builds the whole model and answers {"ms", "digest", "eigenvalues", "intensity"} on a line.

The model is that of docs: EWMA volatilities (half-life 42 days) and correlations (126), Ledoit-Wolf shrinkage of the correlations toward
one common correlation, 15 principal factors, specific variances of at least 1e-8.
"""

import gzip
import hashlib
import json
import os
import sys
import time

import numpy as np
import sklearn
from sklearn.covariance import EmpiricalCovariance

VOLATILITY_HALF_LIFE = 42
CORRELATION_HALF_LIFE = 126
FACTORS = 15
FLOOR = 1e-8


def weights(days, half_life):
    return 0.5 ** (np.arange(days - 1, -1, -1) / half_life)


def ewma_covariance(returns, half_life):
    """About means of 0; scikit-learn's empirical covariance of the weighted rows."""
    w = weights(len(returns), half_life)
    scaled = returns * np.sqrt(w * len(w) / w.sum())[:, None]
    return EmpiricalCovariance(assume_centered=True).fit(scaled).covariance_


def correlation_of(covariance):
    deviation = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(deviation, deviation)
    np.fill_diagonal(correlation, 1)
    return correlation


def pairwise_correlations(returns, half_life):
    """Every pair over the days on which both have a return."""
    n = returns.shape[1]
    w = weights(len(returns), half_life)
    result = np.eye(n)
    for i in range(n):
        for j in range(i):
            both = ~np.isnan(returns[:, i]) & ~np.isnan(returns[:, j])
            a, b, v = returns[both, i], returns[both, j], w[both]
            result[i, j] = result[j, i] = (v * a * b).sum() / np.sqrt((v * a * a).sum() * (v * b * b).sum())
    return result


def shrinkage(returns, half_life):
    """Ledoit and Wolf (2004), appendix B, as their covCor.m writes it, with weights, for standardised returns about 0."""
    w = weights(len(returns), half_life)
    w = w / w.sum()
    y = returns / np.sqrt(w @ returns**2)
    n = y.shape[1]
    sample = (y * w[:, None]).T @ y
    mean = (sample.sum() - n) / (n * (n - 1))
    prior = np.full((n, n), mean)
    np.fill_diagonal(prior, 1)
    squares = y**2
    pi = (squares * w[:, None]).T @ squares - sample**2
    theta = (y**3 * w[:, None]).T @ y - np.diag(sample)[:, None] * sample
    np.fill_diagonal(theta, 0)
    rho = np.trace(pi) + mean * theta.sum()
    gamma = np.linalg.norm(sample - prior, "fro") ** 2
    intensity = max(0.0, min(1.0, (pi.sum() - rho) / gamma * (w**2).sum()))
    np.fill_diagonal(sample, 1)
    return intensity, mean, intensity * prior + (1 - intensity) * sample


def model_of(returns):
    """Of complete returns, days x instruments."""
    sigma = np.sqrt(np.diag(ewma_covariance(returns, VOLATILITY_HALF_LIFE)))
    intensity, mean, correlation = shrinkage(returns, CORRELATION_HALF_LIFE)
    values, vectors = np.linalg.eigh(correlation)
    k = min(FACTORS, len(sigma))
    values, vectors = values[::-1][:k], vectors[:, ::-1][:, :k]
    loadings = vectors * np.sqrt(values)
    specific = np.maximum(sigma**2 * (1 - (loadings**2).sum(axis=1)), FLOOR)
    return {
        "sigma": sigma,
        "intensity": intensity,
        "mean": mean,
        "eigenvalues": values,
        "loadings": sigma[:, None] * loadings,
        "specific": specific,
    }


# --- reference numbers


def made_up(seed, days, n):
    rng = np.random.default_rng(seed)
    common = rng.standard_normal((days, 2)) @ rng.uniform(0.2, 1, (2, n))
    return np.round(0.01 * (common + rng.standard_normal((days, n))), 6)


def lower(matrix):
    return [float(matrix[i, j]) for i in range(len(matrix)) for j in range(i)]


def case(returns):
    model = model_of(returns)
    return {
        "volatility": model["sigma"].tolist(),
        "covariance": lower(ewma_covariance(returns, CORRELATION_HALF_LIFE)),
        "correlation": lower(correlation_of(ewma_covariance(returns, CORRELATION_HALF_LIFE))),
        "intensity": model["intensity"],
        "average_correlation": model["mean"],
        "eigenvalues": model["eigenvalues"].tolist(),
        "specific_variance": model["specific"].tolist(),
    }


def reference_shrinkage():
    """The shrinkage of PyPortfolioOpt, which follows covCor.m, where all days weigh the same."""
    import pandas
    from pypfopt.risk_models import CovarianceShrinkage

    returns = made_up(3, 150, 8)
    returns = np.round(returns - returns.mean(axis=0), 6)
    returns = returns - returns.mean(axis=0)
    returns = returns / returns.std(axis=0)
    shrinker = CovarianceShrinkage(pandas.DataFrame(returns), returns_data=True, frequency=1)
    # the paper divides by T, pandas by T - 1
    shrinker.S = returns.T @ returns / len(returns)
    shrinker.ledoit_wolf(shrinkage_target="constant_correlation")
    return {"returns": returns.T.tolist(), "intensity": float(shrinker.delta)}


def closes(folder):
    with gzip.open(os.path.join(folder, "prices.csv.gz"), "rt") as file:
        names = file.readline().strip().split(",")[1:]
        rows = [line.rstrip("\n").split(",")[1:] for line in file]
    return names, np.array([[float(cell) if cell else np.nan for cell in row] for row in rows])


def shared_cases(folder):
    names, prices = closes(folder)
    complete = ~np.isnan(prices).any(axis=0)
    prices, names = prices[:, complete], [name for name, keep in zip(names, complete) if keep]
    returns = prices[1:] / prices[:-1] - 1
    few = case(returns[-400:, :12])
    whole = case(returns)
    return {
        "few": {"instruments": names[:12], "days": 400, **few},
        "whole": {
            "instruments": len(names),
            **{key: whole[key] for key in ("intensity", "average_correlation", "eigenvalues")},
            "volatility": whole["volatility"][:20],
            "specific_variance": whole["specific_variance"][:20],
        },
    }


def versions():
    import pypfopt
    from importlib.metadata import version

    return {
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "scikit-learn": sklearn.__version__,
        "pyportfolioopt": getattr(pypfopt, "__version__", None) or version("pyportfolioopt"),
    }


def fixtures(folder):
    few = made_up(1, 120, 5)
    gaps = made_up(2, 200, 4)
    gaps[::7, 1] = np.nan
    gaps[:90, 3] = np.nan
    matrix = np.round(np.random.default_rng(4).standard_normal((9, 9)), 6)
    matrix = np.round(matrix @ matrix.T, 6)
    values, vectors = np.linalg.eigh(matrix)
    document = {
        "made_by": versions(),
        "complete": {"returns": few.T.tolist(), **case(few)},
        "gaps": {
            "returns": [[None if np.isnan(r) else r for r in row] for row in gaps.T.tolist()],
            "correlation": lower(pairwise_correlations(gaps, CORRELATION_HALF_LIFE)),
        },
        "equal_weights": reference_shrinkage(),
        "eigen": {
            "matrix": matrix.tolist(),
            "values": values[::-1].tolist(),
            "vectors": (vectors * np.sign(vectors[np.abs(vectors).argmax(axis=0), range(9)])).T[::-1].tolist(),
        },
    }
    if folder is not None:
        document["shared"] = shared_cases(folder)
    json.dump(document, sys.stdout)
    sys.stdout.write("\n")


# --- the peer of the benchmark


def usual_volumes(volume):
    return np.nanmedian(volume[-60:], axis=0)


def trusted(close):
    """The same rules as ours: spikes, shifts, stale stretches, days without most instruments; all by array operations."""
    present = np.isfinite(close) & (close > 0)
    counts = present.sum(axis=1)
    usual = np.array([np.sort(counts[max(0, t - 10) : t + 11])[len(counts[max(0, t - 10) : t + 11]) // 2] for t in range(len(counts))])
    close = close[2 * counts >= usual]
    up = np.full_like(close, np.nan)
    up[1:] = close[1:] / close[:-1]
    down = np.full_like(close, np.nan)
    down[:-1] = up[1:]
    with np.errstate(invalid="ignore"):
        back = ((up > 1.8) & (down < 1 / 1.8)) | ((up < 1 / 1.8) & (down > 1.8))
        spike = back & (up * down > 0.8) & (up * down < 1.25)
        after_spike = np.vstack([np.zeros((1, close.shape[1]), bool), spike[:-1]])
        shift = ((up > 5) | (up < 0.2)) & ~after_spike
        still = up == 1
    run = np.zeros(close.shape, int)
    for t in range(1, len(close)):
        run[t] = np.where(still[t], run[t - 1] + 1, 0)
    stale = np.zeros(close.shape, bool)
    for t, i in zip(*np.nonzero(run >= 10)):
        stale[t - run[t, i] + 1 : t + 1, i] = True
    result = close.copy()
    result[spike | shift | stale] = np.nan
    return result


def build(close, volume, names, days):
    clean = trusted(close)
    returns = clean[1:] / clean[:-1] - 1
    model = model_of(np.nan_to_num(returns))
    history = np.round(returns[-252:], 6)
    content = {
        "as_of": days[-1],
        "instruments": [
            {"instrument_id": name, "price": price, "volatility": sigma, "adv": adv}
            for name, price, sigma, adv in zip(
                names, close[-1].tolist(), model["sigma"].tolist(), usual_volumes(volume).tolist()
            )
        ],
        "loadings": model["loadings"].tolist(),
        "specific_variance": model["specific"].tolist(),
        "history": history.tolist(),
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return model, hashlib.sha256(text.encode()).hexdigest()


def serve(file):
    with open(file) as opened:
        matrices = json.load(opened)
    shape = (len(matrices["days"]), len(matrices["instruments"]))
    close, volume = (np.fromfile(matrices[name]).reshape(shape) for name in ("close", "volume"))
    print(json.dumps({"ready": versions_of_peer()}), flush=True)
    for line in sys.stdin:
        if line.strip() != "build":
            break
        begun = time.perf_counter()
        model, digest = build(close, volume, matrices["instruments"], matrices["days"])
        answer = {
            "ms": 1000 * (time.perf_counter() - begun),
            "digest": digest,
            "eigenvalues": model["eigenvalues"].tolist(),
            "intensity": model["intensity"],
        }
        print(json.dumps(answer), flush=True)


def versions_of_peer():
    return f"numpy {np.__version__}, scikit-learn {sklearn.__version__}"


if __name__ == "__main__":
    command, argument = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    fixtures(argument) if command == "fixtures" else serve(argument)
