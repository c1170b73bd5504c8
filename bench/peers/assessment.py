"""Writes fixtures/assessment.json: figures of portfolio risk by numpy, scipy and skfolio, on real closes.

    python bench/peers/assessment.py [FOLDER OF prices.csv.gz AND sectors.csv]      (default ../shared/data)

needs numpy, scipy, pandas and skfolio; the file names the versions that made it. libs/engine/assessment/peers.spec.ts
holds the engine to these figures (format the file with prettier). What is taken from skfolio: volatility, VaR and CVaR of a history of returns, and the
diversification ratio; the others follow from the covariance in a line of numpy each (skfolio's own risk contributions are
finite differences: they agree to 1e-9 only). The z of the 95 % quantile is the model's
1.6448536, not scipy's sixteen digits of it.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import scipy
import skfolio
from scipy.stats import norm
from skfolio import Portfolio, measures

DAYS = 130  # 0.05 x 130 is no whole number
TICKERS = ["AAPL", "MSFT", "INTC", "JPM", "BAC", "WFC", "XOM", "CVX", "JNJ", "PFE", "KO", "PG"]
Z_95 = 1.6448536
DIGITS = 8


def main(folder: Path) -> None:
    closes = pd.read_csv(folder / "prices.csv.gz", index_col="date")[TICKERS].iloc[-DAYS - 1 :]
    sectors = pd.read_csv(folder / "sectors.csv", index_col="ticker")["sector"][TICKERS]
    returns = closes.pct_change().iloc[1:].round(DIGITS)
    random = np.random.default_rng(7)
    long = random.uniform(0.2, 1, len(TICKERS))
    long *= 0.95 / long.sum()
    mixed = (long * np.where(np.arange(len(TICKERS)) % 4 == 1, -1.0, 1.0)).round(6)
    long = long.round(6)
    reference = np.full(len(TICKERS), 0.08)

    covariance = np.cov(returns.to_numpy(), rowvar=False)
    gaps = returns.copy()
    gaps.iloc[3, 0] = np.nan  # a little of the portfolio: the rest stands for it
    gaps.iloc[10, :4] = np.nan  # much of it: the day is left out
    document = {
        "versions": {
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "pandas": pd.__version__,
            "skfolio": skfolio.__version__,
        },
        "instruments": TICKERS,
        "sectors": sectors.tolist(),
        "dates": returns.index.tolist(),
        "returns": returns.to_numpy().tolist(),
        "gaps": [[int(r), int(c)] for r, c in np.argwhere(gaps.isna().to_numpy())],
        "loadings": np.linalg.cholesky(covariance).tolist(),
        "reference": reference.tolist(),
        "portfolios": [figures(w, returns, gaps, covariance, sectors, reference) for w in (long, mixed)],
    }
    target = Path(__file__).parent / "fixtures" / "assessment.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(document, indent=1) + "\n")


def figures(w, returns, gaps, covariance, sectors, reference):
    portfolio = Portfolio(X=returns, weights=w)
    volatility = float(portfolio.standard_deviation)
    own = np.sqrt(np.diag(covariance))
    marginal = Z_95 * covariance @ w / volatility
    baskets = {"market_down_10": (np.ones(len(w)), -0.1), "market_down_20": (np.ones(len(w)), -0.2)}
    for name in sorted(set(sectors)):
        baskets[f"sector_down_20:{name}"] = ((sectors == name).to_numpy().astype(float), -0.2)
    stress = {name: shock * float(w @ beta(covariance, members)) for name, (members, shock) in baskets.items()}
    return {
        "weights": w.tolist(),
        "volatility": volatility,
        "var_95": Z_95 * volatility,
        "cvar_95": float(volatility * norm.pdf(Z_95) / 0.05),
        "diversification_ratio": float(np.abs(w) @ own / volatility)
        if (w < 0).any()
        else float(portfolio.diversification),
        "tracking_error": float(Portfolio(X=returns, weights=w - reference).standard_deviation),
        "component_var": (w * marginal).tolist(),
        "stress": stress | {"volatility_doubled": -2 * Z_95 * volatility, "correlation_one": float(-Z_95 * np.abs(w) @ own)},
        "complete": historical(pd.Series(returns.to_numpy() @ w, index=returns.index)),
        "with_gaps": historical(simulated(gaps, w)),
    }


def beta(covariance, members):
    basket = members / members.sum()
    return covariance @ basket / (basket @ covariance @ basket)


def simulated(gaps, w):
    """The rest stands for what has no return; days with under 90 % of the gross weight are left out."""
    covered = gaps.notna().to_numpy() @ np.abs(w)
    gross = np.abs(w).sum()
    days = pd.Series(np.nansum(gaps.to_numpy() * w, axis=1) * gross / covered, index=gaps.index)
    return days[covered >= 0.9 * gross]


def historical(days):
    week = (1 + days).rolling(5).apply(np.prod, raw=True) - 1
    last = week.idxmin()
    worst = days.sort_values().iloc[:5]
    return {
        "days": len(days),
        "var_95": float(measures.value_at_risk(days.to_numpy(), beta=0.95)),
        "cvar_95": float(measures.cvar(days.to_numpy(), beta=0.95)),
        "worst_days": [{"date": date, "return": float(value)} for date, value in worst.items()],
        "worst_week": {
            "from": days.index[days.index.get_loc(last) - 4],
            "to": last,
            "return": float(week[last]),
        },
    }


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data"))
