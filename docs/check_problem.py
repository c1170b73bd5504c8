#!/usr/bin/env python3
"""Check a problem document and its solution without trusting whoever solved it. Needs numpy alone.

    check_problem.py PROBLEM SOLUTION     two files, or "-" for standard input
    check_problem.py DOCUMENT             one file: a problem with its "solution" in it, as GET /coordination/ID/problem
                                          gives it, or {"problem": ..., "solution": ...}

Recomputes the objective, every limit, and from the multipliers an upper bound on the objective of every portfolio that
keeps the limits (or, for INFEASIBLE, the proof that there is none). Prints what it finds; exit code 0 when the solution
is what it claims to be, 1 when it is not, 2 when the documents cannot be read.

The bound: the limits enter the objective at their multipliers (weak duality), the factor part of each variance is
replaced by its tangent at the exposures v = multipliers.factors (default: those of w), which lies below it, and what
remains is maximised instrument by instrument.
"""
import json
import sys

import numpy as np

LIMIT_TOLERANCE = 1e-6  # excess over a limit, in weight; volatility: standard deviation
GAP_TOLERANCE = 1e-6  # (bound - objective), relative
PROOF_TOLERANCE = 1e-10
BOX_TOLERANCE = 1e-9


class Problem:
    """The document with its defaults filled in, as arrays."""

    def __init__(self, doc):
        self.names = doc["instruments"]
        n = len(self.names)

        def column(name, default=None):
            values = doc.get(name)
            return np.array(values, float) if values is not None else np.array(default, float)

        zeros = np.zeros(n)
        self.alpha = column("alpha")
        self.w0 = column("initial")
        self.b = column("reference", self.w0)
        self.tracking = column("tracking", zeros)
        self.linear = column("cost_linear", zeros)
        self.impact = column("cost_impact", zeros)
        self.lower = column("lower")
        self.upper = column("upper")
        self.gamma = float(doc["risk_aversion"])
        covariance = doc["covariance"]
        self.L = np.array(covariance["loadings"], float).reshape(n, -1)
        k = self.L.shape[1]
        self.F = np.array(covariance.get("factor", np.eye(k)), float).reshape(k, k)
        self.d = np.array(covariance["specific"], float)
        self.invested = doc["invested"]
        paid = doc.get("paid_costs") or {"linear": zeros, "impact": zeros}
        self.paid_linear = np.array(paid["linear"], float)
        self.paid_impact = np.array(paid["impact"], float)
        self.groups = doc.get("groups") or []
        self.turnover = doc.get("turnover_max")
        self.volatility = doc.get("volatility_max")
        self.gross = doc.get("gross_max")
        self.fixed = sorted(doc.get("fixed") or [])
        self.taxes = {self.names.index(t["instrument"]): t["pieces"] for t in doc.get("tax") or []}

    def variance(self, w):
        exposures = self.L.T @ w
        return exposures @ self.F @ exposures + self.d @ (w * w)

    def objective(self, w):
        x, active = w - self.w0, w - self.b
        size = np.abs(x)
        costs = self.linear @ size + self.impact @ (size * np.sqrt(size))
        taxes = sum(tax(pieces, -x[i]) for i, pieces in self.taxes.items())
        risk = self.gamma / 2 * self.variance(active) + (self.tracking / 2) @ (active * active)
        return self.alpha @ x - risk - costs - taxes

    def limits(self, w):
        """(name, value, bound, excess) of every limit"""
        size = np.abs(w - self.w0)
        paid = self.paid_linear @ size + self.paid_impact @ (size * np.sqrt(size))
        found = [("invested_min", w.sum(), self.invested["min"], self.invested["min"] - w.sum())]
        above = [("invested_max", w.sum() + paid, self.invested["max"])]
        above += [("group:" + g["name"], w[np.array(g["members"], int)].sum(), g["max"]) for g in self.groups]
        if self.turnover is not None:
            above.append(("turnover", size.sum(), self.turnover))
        if self.volatility is not None:
            above.append(("volatility", np.sqrt(max(0.0, self.variance(w))), self.volatility))
        if self.gross is not None:
            above.append(("gross", np.abs(w).sum(), self.gross))
        found += [(name, value, bound, value - bound) for name, value, bound in above]
        for i, name in enumerate(self.names):
            found.append(("lower:" + name, w[i], self.lower[i], self.lower[i] - w[i]))
            found.append(("upper:" + name, w[i], self.upper[i], w[i] - self.upper[i]))
        found += [("fixed:" + self.names[i], w[i], self.w0[i], abs(w[i] - self.w0[i])) for i in self.fixed]
        return [(name, float(value), float(bound), max(0.0, float(excess))) for name, value, bound, excess in found]

    def boxes(self):
        """Where each w_i of a feasible portfolio lies: its bounds, and what the other limits leave room for."""
        reach = abs(self.invested["max"]) - np.minimum(0, self.lower).sum()
        if self.gross is not None:
            reach = min(reach, self.gross)
        step = np.inf if self.turnover is None else self.turnover
        margin = 1e-6 * (1 + np.abs(self.w0))
        low = np.maximum(self.lower, np.minimum(self.upper, np.maximum(-reach, self.w0 - step) - margin))
        high = np.minimum(self.upper, np.maximum(self.lower, np.minimum(reach, self.w0 + step) + margin))
        for i in self.fixed:
            inside = self.lower[i] - BOX_TOLERANCE <= self.w0[i] <= self.upper[i] + BOX_TOLERANCE
            low[i], high[i] = (self.w0[i], self.w0[i]) if inside else (np.inf, -np.inf)
        return low, high


def tax(pieces, sold):
    """The tax on `sold` units of weight; the last rate goes on beyond its `up_to`."""
    total, start = 0.0, 0.0
    for position, piece in enumerate(pieces):
        if sold <= start:
            break
        end = sold if position == len(pieces) - 1 else min(sold, piece["up_to"])
        total += piece["rate"] * (end - start)
        start = end
    return total


def prices_of(problem, multipliers):
    """The multipliers of the limits that exist, none negative."""
    low = max(0.0, multipliers.get("invested_min", -multipliers["invested"]))

    def of(limit, name):
        return 0.0 if limit is None else max(0.0, multipliers[name])

    return {
        "min": low,
        "max": max(0.0, multipliers["invested"] + low),
        "groups": [max(0.0, price) for price in multipliers["groups"]],
        "turnover": of(problem.turnover, "turnover"),
        "volatility": of(problem.volatility, "volatility"),
        "gross": of(problem.gross, "gross"),
    }


def least_lagrangian(problem, multipliers, w, share):
    """The least of: share * -objective + sum of prices * (value of the limit - its bound). share is 1 or 0."""
    price = prices_of(problem, multipliers)
    v = np.array(multipliers.get("factors", problem.L.T @ w), float)
    gamma, rho = share * problem.gamma, price["volatility"]
    target = problem.L.T @ problem.b
    active = v - target
    total = price["min"] * problem.invested["min"] - price["max"] * problem.invested["max"]
    total -= price["turnover"] * (problem.turnover or 0) + price["gross"] * (problem.gross or 0)
    total -= rho / 2 * ((problem.volatility or 0) ** 2 + v @ problem.F @ v)
    total -= gamma * (active @ problem.F @ target + active @ problem.F @ active / 2)
    slope = problem.L @ (problem.F @ (gamma * active + rho * v)) + price["max"] - price["min"] - share * problem.alpha
    for group, cost in zip(problem.groups, price["groups"]):
        slope[np.array(group["members"], int)] += cost
        total -= cost * group["max"]
    total += share * (problem.alpha @ problem.w0)

    own = share * (problem.gamma * problem.d + problem.tracking)
    size = share * problem.linear + price["turnover"] + price["max"] * problem.paid_linear
    impact = share * problem.impact + price["max"] * problem.paid_impact
    low, high = problem.boxes()
    if np.any(low > high):
        return np.inf
    for i in range(len(problem.names)):
        pieces = problem.taxes.get(i, []) if share else []

        def term(at):
            x = at - problem.w0[i]
            value = slope[i] * at + own[i] / 2 * (at - problem.b[i]) ** 2 + rho / 2 * problem.d[i] * at * at
            value += size[i] * abs(x) + impact[i] * abs(x) * np.sqrt(abs(x)) + price["gross"] * abs(at)
            return value + tax(pieces, -x)

        kinks = [problem.w0[i], 0.0] + [problem.w0[i] - piece["up_to"] for piece in pieces]
        ends = sorted({low[i], high[i], *(kink for kink in kinks if low[i] < kink < high[i])})
        total += min([term(at) for at in ends] + [term(least_between(term, a, b)) for a, b in zip(ends, ends[1:])])
    return total


def least_between(term, a, b):
    """The place of the least value of a smooth convex function between a and b (golden section)."""
    ratio = (np.sqrt(5) - 1) / 2
    c, d = b - ratio * (b - a), a + ratio * (b - a)
    fc, fd = term(c), term(d)
    for _ in range(90):
        if fc < fd:
            b, d, fd = d, c, fc
            c = b - ratio * (b - a)
            fc = term(c)
        else:
            a, c, fc = c, d, fd
            d = a + ratio * (b - a)
            fd = term(d)
    return (a + b) / 2


def explainable(problem, multipliers):
    """What excesses of rounding size over every priced limit would add up to."""
    others = sum(map(abs, multipliers["groups"])) + abs(multipliers["turnover"]) + abs(multipliers["gross"])
    others += abs(multipliers["invested"]) + 2 * abs(multipliers.get("invested_min", 0))
    return PROOF_TOLERANCE * (others + ((problem.volatility or 0) + PROOF_TOLERANCE) * abs(multipliers["volatility"]))


def relative_gap(problem, objective, bound):
    gap = max(0.0, bound - objective)
    strongest = np.abs(problem.alpha).max(initial=0)
    risk = problem.gamma / 2 * problem.variance(problem.w0)
    scale = max(abs(objective), abs(problem.objective(problem.w0)), 0.01 * strongest, 0.01 * risk, 1e-16)
    return gap / scale if gap > 0 else 0.0


def check(problem_doc, solution):
    """Prints the findings; True when the solution is what it claims to be."""
    problem, w = Problem(problem_doc), np.array(solution["w"], float)
    status, multipliers = solution["status"], solution["multipliers"]
    print(f"status claimed        {status}")
    if status == "INFEASIBLE":
        proof = least_lagrangian(problem, multipliers, w, 0)
        print(f"infeasibility proof   {proof:.3e} (positive proves it)")
        return bool(proof > explainable(problem, multipliers))
    objective = problem.objective(w)
    broken = [limit for limit in problem.limits(w) if limit[3] > LIMIT_TOLERANCE]
    print(f"objective             {objective:.12g} (claimed {solution['objective']:.12g})")
    for name, value, bound, excess in broken:
        print(f"limit broken          {name}: {value:.9g}, bound {bound:.9g}, by {excess:.3g}")
    agrees = abs(objective - solution["objective"]) <= 1e-9 * max(1.0, abs(objective))
    if status == "RELAXED":
        print("bound                 not checked: it is for the relaxed limits")
        claimed = solution["violation_max"]
        worst = max((limit[3] for limit in problem.limits(w)), default=0.0)
        print(f"largest violation     {worst:.9g} (claimed {claimed:.9g})")
        return bool(agrees and worst <= claimed + LIMIT_TOLERANCE)
    bound = -least_lagrangian(problem, multipliers, w, 1)
    gap = relative_gap(problem, objective, bound)
    print(f"upper bound           {bound:.12g} (gap {gap:.2e} relative)")
    if not broken:
        print("limits                all kept")
    return bool(agrees and not broken and gap <= GAP_TOLERANCE)


def check_whole_lots(problem_doc, solution):
    """The portfolio of whole lots that was decided on: its utility, and how far below the same bound it is."""
    problem, lots = Problem(problem_doc), problem_doc["whole_lots"]
    w = np.array(lots["w"], float)
    objective = problem.objective(w)
    print(f"whole lots: objective {objective:.12g} (claimed {lots['objective']:.12g})")
    agrees = abs(objective - lots["objective"]) <= 1e-9 * max(1.0, abs(objective))
    if solution["status"] != "OPTIMAL":
        return bool(agrees)
    broken = [limit for limit in problem.limits(w) if limit[3] > LIMIT_TOLERANCE]
    for name, value, bound, excess in broken:
        print(f"limit broken          {name}: {value:.9g}, bound {bound:.9g}, by {excess:.3g}")
    bound = -least_lagrangian(problem, solution["multipliers"], np.array(solution["w"], float), 1)
    # the tax of the problem is a convex envelope and includes the prices of budgets of gains, whose room they are worth
    utility = lots.get("utility", objective)
    bound += sum(budget["price"] * budget["room"] for budget in lots.get("gain_prices", []))
    if utility != objective:
        print(f"whole lots: utility   {utility:.12g} with the tax of the lots sold")
    below = bound - utility
    print(f"whole lots: below the bound by at most {1e4 * below:.6g} basis points of the portfolio's value")
    return bool(agrees and not broken and below >= -1e-9 * max(1.0, abs(bound)))


def read(path):
    with sys.stdin if path == "-" else open(path, encoding="utf-8") as source:
        return json.load(source)


def main(paths):
    if len(paths) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        documents = [read(path) for path in paths]
        first = documents[0]
        problem, solution = documents if len(documents) == 2 else (first.get("problem", first), first["solution"])
        good = check(problem, solution)
        if "whole_lots" in problem:
            good = check_whole_lots(problem, solution) and good
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        print(f"cannot be checked: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    print("the solution is what it claims to be" if good else "THE SOLUTION IS NOT WHAT IT CLAIMS TO BE")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
