"""Solves coordination problem documents by other solvers, and tells how long each solve took.

Reads one JSON command a line, answers one JSON line each:
  {"load": PEER, "problem": DOCUMENT}  ->  {"ms": building and first solve, "w": weights}
  {"alpha": [...]}                     ->  {"ms": solving again with the same structure and this alpha, "w": weights}
The first line written lists the peers that this Python has: {"peers": {NAME: VERSION}, "missing": {NAME: REASON}}.

The documents use what the benchmarks use: linear and 3/2-power costs, groups, turnover, volatility, no paid costs, no
taxes, no short positions. Trades are in per cent and the objective is scaled to a size of about one, as cone solvers
need it.
"""

import json
import sys
import time
import warnings

UNIT = 0.01


class Terms:
    """The document in u = (w - w0) / UNIT and factor exposures v = R (w - b) / UNIT, R = chol(F)' L'."""

    def __init__(self, problem):
        array = lambda name, default=0.0: np.asarray(problem.get(name) or np.full(self.n, default), dtype=float)
        self.n = len(problem["instruments"])
        self.initial = np.asarray(problem["initial"], dtype=float)
        self.reference = np.asarray(problem.get("reference") or problem["initial"], dtype=float)
        covariance = problem["covariance"]
        loadings = np.asarray(covariance["loadings"], dtype=float)
        factor = np.asarray(covariance.get("factor") or np.eye(loadings.shape[1]), dtype=float)
        self.factor_rows = np.linalg.cholesky(factor).T @ loadings.T
        self.specific = np.asarray(covariance["specific"], dtype=float)
        self.gamma = problem["risk_aversion"]
        self.alpha = array("alpha")
        self.curvature = self.gamma * self.specific + array("tracking")
        self.linear, self.impact = array("cost_linear"), array("cost_impact")
        self.lower = (np.asarray(problem["lower"]) - self.initial) / UNIT
        self.upper = (np.asarray(problem["upper"]) - self.initial) / UNIT
        self.invested = problem["invested"]
        self.groups = [(np.asarray(g["members"], dtype=int), g["max"]) for g in problem.get("groups") or []]
        self.turnover = problem.get("turnover_max")
        self.volatility = problem.get("volatility_max")
        costs = self.linear + self.impact * np.sqrt(UNIT)
        self.scale = 1 / (UNIT * max(np.abs(self.alpha).max(), costs.max(), 0.1 * self.curvature.max()))

    def slope(self, alpha=None):
        if alpha is not None:
            self.alpha = np.asarray(alpha, dtype=float)
        return self.scale * UNIT * (self.curvature * (self.initial - self.reference) - self.alpha)

    def weights(self, u):
        return self.initial + UNIT * np.asarray(u)

    def limits(self):
        """Rows a u <= bound of the whole portfolio that need no absolute values."""
        total, everything = self.initial.sum(), np.arange(self.n)
        yield everything, 1.0, (self.invested["max"] - total) / UNIT
        yield everything, -1.0, (total - self.invested["min"]) / UNIT
        for members, most in self.groups:
            yield members, 1.0, (most - self.initial[members].sum()) / UNIT


def quadratic(terms):
    """P, q, A, b (equalities), G, h (inequalities) in x = (u, s, v), s >= |u|; without impact and volatility."""
    n, k = terms.n, len(terms.factor_rows)
    scale = terms.scale * UNIT * UNIT
    p = sparse.diags(np.concatenate([scale * terms.curvature, np.zeros(n), np.full(k, scale * terms.gamma)]), format="csc")
    q = np.concatenate([terms.slope(), terms.scale * UNIT * terms.linear, np.zeros(k)])
    eye, zero = sparse.eye(n), sparse.csc_matrix((n, n))
    a = sparse.hstack([-terms.factor_rows, sparse.csc_matrix((k, n)), sparse.eye(k)], format="csc")
    b = terms.factor_rows @ (terms.initial - terms.reference) / UNIT
    rows, bounds = [], []
    for members, sign, bound in terms.limits():
        row = np.zeros(2 * n + k)
        row[members] = sign
        rows.append(row)
        bounds.append(bound)
    if terms.turnover is not None:
        rows.append(np.concatenate([np.zeros(n), np.ones(n), np.zeros(k)]))
        bounds.append(terms.turnover / UNIT)
    none = sparse.csc_matrix((n, k))
    g = sparse.vstack([sparse.hstack([eye, -eye, none]), sparse.hstack([-eye, -eye, none]), sparse.csc_matrix(np.array(rows))], format="csc")
    return p, q, a, b, g, np.concatenate([np.zeros(2 * n), bounds])


class Piqp:
    """PIQP, sparse, on the quadratic part; solved again through its update."""

    def __init__(self, problem):
        if problem.get("cost_impact"):
            raise ValueError("PIQP solves quadratic programs: no 3/2-power costs")
        self.terms = Terms(problem)
        p, q, a, b, g, h = quadratic(self.terms)
        n, k = self.terms.n, len(self.terms.factor_rows)
        free = np.full(k, np.inf)
        low = np.concatenate([self.terms.lower, np.zeros(n), -free])
        high = np.concatenate([self.terms.upper, np.full(n, np.inf), free])
        self.q = q
        self.solver = piqp.SparseSolver()
        self.solver.settings.eps_abs = self.solver.settings.eps_rel = 1e-8
        self.solver.setup(p, q, a, b, g, np.full(len(h), -np.inf), h, low, high)

    def solve(self, alpha=None):
        self.q[: self.terms.n] = self.terms.slope(alpha)
        self.solver.update(c=self.q)
        status = self.solver.solve()
        if status != piqp.PIQP_SOLVED:
            raise RuntimeError(str(status))
        return self.terms.weights(self.solver.result.x[: self.terms.n])


class Clarabel:
    """Clarabel in Rust on x = (u, s, v, t), t >= |u|^1.5 by power cones; solved again through its update."""

    def __init__(self, problem):
        self.terms = terms = Terms(problem)
        p, q, a, b, g, h = quadratic(terms)
        n, k = terms.n, len(terms.factor_rows)
        costly = np.flatnonzero(terms.impact)
        m = len(costly)
        box = sparse.hstack([sparse.eye(n), sparse.csc_matrix((n, n + k))])
        rows, right, cones = [a, g, box, -box], [b, h, terms.upper, -terms.lower], [
            clarabel.ZeroConeT(k),
            clarabel.NonnegativeConeT(len(h) + 2 * n),
        ]
        rows = [sparse.hstack([row, sparse.csc_matrix((row.shape[0], m))]) for row in rows]
        if terms.volatility is not None:
            # (sigma, R w, sqrt(d) w) / sigma
            own = sparse.diags(-UNIT / terms.volatility * np.sqrt(terms.specific))
            factors = sparse.eye(k) * (-UNIT / terms.volatility)
            rows.append(sparse.csc_matrix((1, 2 * n + k + m)))
            rows.append(sparse.hstack([sparse.csc_matrix((k, 2 * n)), factors, sparse.csc_matrix((k, m))]))
            rows.append(sparse.hstack([own, sparse.csc_matrix((n, n + k + m))]))
            right += [[1.0], terms.factor_rows @ terms.reference / terms.volatility]
            right.append(np.sqrt(terms.specific) * terms.initial / terms.volatility)
            cones.append(clarabel.SecondOrderConeT(1 + k + n))
        if m > 0:
            # (t, 1, u) with t^(2/3) >= |u|
            at = np.arange(m)
            of_t = sparse.csc_matrix((-np.ones(m), (3 * at, 2 * n + k + at)), shape=(3 * m, 2 * n + k + m))
            of_u = sparse.csc_matrix((-np.ones(m), (3 * at + 2, costly)), shape=(3 * m, 2 * n + k + m))
            rows.append(of_t + of_u)
            right.append(np.tile([0.0, 1.0, 0.0], m))
            cones += [clarabel.PowerConeT(2 / 3)] * m
        self.q = np.concatenate([q, terms.scale * UNIT * np.sqrt(UNIT) * terms.impact[costly]])
        settings = clarabel.DefaultSettings()
        settings.verbose = False
        p = sparse.block_diag([p, sparse.csc_matrix((m, m))], format="csc")
        # what presolve drops could not be updated
        settings.presolve_enable = False
        self.solver = clarabel.DefaultSolver(
            p, self.q, sparse.vstack(rows, format="csc"), np.concatenate(right), cones, settings
        )

    def solve(self, alpha=None):
        self.q[: self.terms.n] = self.terms.slope(alpha)
        self.solver.update(q=self.q)
        solution = self.solver.solve()
        # as with cvxpy's "inaccurate" answers, the reader's certificate says whether it is good enough
        if solution.status not in (clarabel.SolverStatus.Solved, clarabel.SolverStatus.AlmostSolved):
            raise RuntimeError(str(solution.status))
        return self.terms.weights(solution.x[: self.terms.n])


class Cvxpy:
    """cvxpy with Clarabel; alpha is a parameter, so that solving again compiles nothing."""

    def __init__(self, problem):
        self.terms = terms = Terms(problem)
        n = terms.n
        self.u = cp.Variable(n)
        v = cp.Variable(len(terms.factor_rows))
        self.slope = cp.Parameter(n, value=terms.slope())
        half = terms.scale * UNIT * UNIT / 2
        cost = self.slope @ self.u + cp.sum_squares(cp.multiply(np.sqrt(half * terms.curvature), self.u))
        cost += half * terms.gamma * cp.sum_squares(v) + (terms.scale * UNIT * terms.linear) @ cp.abs(self.u)
        if terms.impact.any():
            cost += (terms.scale * UNIT * np.sqrt(UNIT) * terms.impact) @ cp.power(cp.abs(self.u), 1.5)
        start = terms.factor_rows @ (terms.initial - terms.reference) / UNIT
        constraints = [v == terms.factor_rows @ self.u + start, self.u >= terms.lower, self.u <= terms.upper]
        constraints += [sign * cp.sum(self.u[members]) <= bound for members, sign, bound in terms.limits()]
        if terms.turnover is not None:
            constraints.append(cp.norm1(self.u) <= terms.turnover / UNIT)
        if terms.volatility is not None:
            risky = cp.hstack([
                UNIT * v + terms.factor_rows @ terms.reference,
                cp.multiply(np.sqrt(terms.specific), terms.initial + UNIT * self.u),
            ])
            constraints.append(cp.norm2(risky / terms.volatility) <= 1)
        self.problem = cp.Problem(cp.Minimize(cost), constraints)

    def solve(self, alpha=None):
        self.slope.value = self.terms.slope(alpha)
        self.problem.solve(solver=cp.CLARABEL, warm_start=True)
        # whether an "inaccurate" answer is good enough is for the reader's certificate to say
        if self.problem.status not in ("optimal", "optimal_inaccurate"):
            raise RuntimeError(self.problem.status)
        return self.terms.weights(self.u.value)


PEERS = {"clarabel-native": Clarabel, "cvxpy-clarabel": Cvxpy, "piqp": Piqp}
missing = {}
try:
    import numpy as np
    from scipy import sparse
except ImportError as reason:
    missing = {name: str(reason) for name in PEERS}
versions = {}
for name, module in (("clarabel-native", "clarabel"), ("cvxpy-clarabel", "cvxpy"), ("piqp", "piqp")):
    try:
        loaded = __import__(module)
        versions[name] = loaded.__version__
        globals()[{"cvxpy": "cp"}.get(module, module)] = loaded
    except ImportError as reason:
        missing[name] = str(reason)


def timed(run):
    start = time.perf_counter()
    value = run()
    return 1000 * (time.perf_counter() - start), value


def answer(run):
    try:
        ms, w = timed(run)
        return {"ms": ms, "w": list(w)}
    except Exception as error:  # whatever a peer does, the benchmark goes on with the next one
        return {"error": f"{type(error).__name__}: {error}"}


def main():
    warnings.simplefilter("ignore")
    print(json.dumps({"peers": {n: v for n, v in versions.items() if n not in missing}, "missing": missing}), flush=True)
    peer = None

    def load(command):
        nonlocal peer
        peer = PEERS[command["load"]](command["problem"])
        return peer.solve()

    for line in sys.stdin:
        command = json.loads(line)
        reply = answer(lambda: load(command)) if "load" in command else answer(lambda: peer.solve(command["alpha"]))
        print(json.dumps(reply), flush=True)


main()
