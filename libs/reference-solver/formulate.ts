import type { Multipliers, Problem } from '#engine';
import { semidefiniteCholesky } from '#engine';
import { ConicProgramBuilder, type ConicProgram, type Row } from './conic-program.js';

export interface Formulation {
  readonly program: ConicProgram;
  weights(x: Float64Array): number[];
  multipliers(z: Float64Array): Multipliers;
}

/**
 * The problem as a conic program. The 3/2 powers become power cones, the volatility limit a second-order cone, and
 * absolute values and tax schedules are split into half-spaces.
 *
 * @param purpose `optimum`: the problem itself; `least-violation`: every limit of the portfolio may be exceeded, and
 * the sum of the excesses (in weight; volatility as a fraction of its limit) is minimised instead of the utility
 * @param unit of the trades, in weight: cone solvers need unknowns of size about one
 */
export function formulate(problem: Problem, purpose: 'optimum' | 'least-violation', unit = 0.01): Formulation {
  return new Formulator(problem, purpose, unit).formulate();
}

class Formulator {
  private readonly builder = new ConicProgramBuilder();
  private readonly n: number;
  private readonly isOptimum: boolean;
  private readonly reference: readonly number[];
  private readonly scale: number;
  private readonly trades: number[] = [];
  private readonly sizes: (number | undefined)[] = [];
  private readonly powers: (number | undefined)[] = [];
  private readonly factorRows: Float64Array[];
  private readonly factors: number[] = [];

  constructor(
    private readonly problem: Problem,
    purpose: 'optimum' | 'least-violation',
    private readonly unit: number,
  ) {
    this.n = problem.instruments.length;
    this.isOptimum = purpose === 'optimum';
    this.reference = problem.reference ?? problem.initial;
    this.factorRows = factorLoadings(problem);
    this.scale = this.isOptimum ? 1 / objectiveScale(problem, unit) : 1;
  }

  formulate(): Formulation {
    this.addTrades();
    this.addFactors();
    for (let i = 0; i < this.n; i += 1) this.addCosts(i);
    const handles = this.addLimits();
    const program = this.builder.build();
    const perUnit = 1 / (this.scale * this.unit);
    const dual = (z: Float64Array, handle: number | undefined) =>
      handle === undefined ? 0 : Math.max(0, this.builder.inequalityDual(z, handle)) * perUnit;
    const sigma = this.problem.volatility_max ?? 0;
    return {
      program,
      weights: (x) => this.trades.map((u, i) => this.problem.initial[i]! + this.unit * x[u]!),
      multipliers: (z) => {
        const [min, max] = [dual(z, handles.min), dual(z, handles.max)];
        const cone = handles.volatility === undefined ? 0 : this.builder.coneDual(z, handles.volatility);
        return {
          invested: max - min,
          invested_min: min,
          groups: handles.groups.map((handle) => dual(z, handle)),
          turnover: dual(z, handles.turnover),
          volatility: Math.max(0, cone) / (this.scale * (sigma > 0 ? sigma * sigma : 1)),
          gross: dual(z, handles.gross),
        };
      },
    };
  }

  /** u_i = x_i / unit with its linear and own quadratic terms and its bounds. */
  private addTrades(): void {
    const { alpha, covariance, risk_aversion: gamma, tracking, initial, lower, upper } = this.problem;
    const fixed = new Set(this.problem.fixed ?? []);
    for (let i = 0; i < this.n; i += 1) {
      const curvature = gamma * covariance.specific[i]! + (tracking?.[i] ?? 0);
      const slope = curvature * (initial[i]! - this.reference[i]!) - alpha[i]!;
      const u = this.isOptimum
        ? this.builder.variable(this.scale * this.unit * slope, this.scale * this.unit * this.unit * curvature)
        : this.builder.variable();
      this.trades.push(u);
      if (fixed.has(i)) {
        this.builder.equal([[u, 1]], 0);
      } else if (lower[i] === upper[i]) {
        this.builder.equal([[u, 1]], (upper[i]! - initial[i]!) / this.unit);
      } else {
        this.builder.atMost([[u, 1]], (upper[i]! - initial[i]!) / this.unit);
        this.builder.atMost([[u, -1]], (initial[i]! - lower[i]!) / this.unit);
      }
    }
  }

  /** v = C'L'(w - b) / unit, one a factor. */
  private addFactors(): void {
    const gamma = this.isOptimum ? this.problem.risk_aversion : 0;
    for (const row of this.factorRows) {
      const v = this.builder.variable(0, this.scale * gamma * this.unit * this.unit);
      let start = 0;
      const entries: [number, number][] = [[v, 1]];
      for (let i = 0; i < this.n; i += 1) {
        start += row[i]! * (this.problem.initial[i]! - this.reference[i]!);
        if (row[i] !== 0) entries.push([this.trades[i]!, -row[i]!]);
      }
      this.builder.equal(entries, start / this.unit);
      this.factors.push(v);
    }
  }

  private addCosts(i: number): void {
    const { problem, builder } = this;
    if (this.cannotTrade(i)) return;
    const u = this.trades[i]!;
    const pieces = problem.tax?.find(({ instrument }) => instrument === problem.instruments[i])?.pieces ?? [];
    const isTaxed = this.isOptimum && pieces.length > 0;
    const linear = this.isOptimum && !isTaxed ? (problem.cost_linear?.[i] ?? 0) : 0;
    const impact = this.isOptimum ? (problem.cost_impact?.[i] ?? 0) : 0;
    const needsSize =
      linear > 0 || typeof problem.turnover_max === 'number' || (problem.paid_costs?.linear[i] ?? 0) > 0;
    if (needsSize) {
      const size = builder.variable(this.scale * linear * this.unit);
      builder.atMost([[u, 1], [size, -1]], 0); // prettier-ignore
      builder.atMost([[u, -1], [size, -1]], 0); // prettier-ignore
      this.sizes[i] = size;
    }
    if (impact > 0 || (problem.paid_costs?.impact[i] ?? 0) > 0) {
      const power = builder.variable(this.scale * impact * this.unit * Math.sqrt(this.unit));
      builder.threeHalves(power, u);
      this.powers[i] = power;
    }
    if (isTaxed) this.addTax(i, u, pieces);
  }

  /** Its cone would have no interior, and its cost is nothing. */
  private cannotTrade(i: number): boolean {
    const { fixed, initial, lower, upper } = this.problem;
    return fixed?.includes(i) === true || (lower[i] === initial[i] && upper[i] === initial[i]);
  }

  /** e >= linear cost + tax, the greatest of the lines of the schedule. */
  private addTax(i: number, u: number, pieces: readonly { up_to: number; rate: number }[]): void {
    const cost = this.problem.cost_linear?.[i] ?? 0;
    const e = this.builder.variable(this.scale * this.unit);
    if (this.problem.upper[i]! > this.problem.initial[i]!) this.builder.atMost([[u, cost], [e, -1]], 0); // prettier-ignore
    let [from, due] = [0, 0];
    for (const { up_to, rate } of pieces) {
      this.builder.atMost([[u, -cost - rate], [e, -1]], (rate * from - due) / this.unit); // prettier-ignore
      due += rate * (up_to - from);
      from = up_to;
    }
  }

  private addLimits() {
    const { problem, trades } = this;
    const invested = sum(problem.initial);
    const all: Row = trades.map((u) => [u, 1]);
    const paid = all.concat(
      trades.flatMap((_, i) => [
        ...term(this.sizes[i], problem.paid_costs?.linear[i] ?? 0),
        ...term(this.powers[i], (problem.paid_costs?.impact[i] ?? 0) * Math.sqrt(this.unit)),
      ]),
    );
    const turnover = problem.turnover_max;
    return {
      min: this.limit(trades.map((u) => [u, -1] as const), invested - problem.invested.min), // prettier-ignore
      max: this.limit(paid, problem.invested.max - invested),
      groups: (problem.groups ?? []).map(
        ({ members, max }) =>
        this.limit(members.map((i) => [trades[i]!, 1] as const), max - sum(members.map((i) => problem.initial[i]!))), // prettier-ignore
      ),
      turnover: typeof turnover === 'number' ? this.limit(this.sizes.flatMap((size) => term(size, 1)), turnover) : undefined, // prettier-ignore
      volatility: this.volatilityLimit(),
      gross: this.grossLimit(),
    };
  }

  /** row u <= rhs / unit */
  private limit(row: Row, rhs: number): number {
    const slack = this.isOptimum ? [] : term(this.builder.variable(this.unit), -1);
    if (!this.isOptimum) this.builder.atMost([[slack[0]![0], -1]], 0);
    return this.builder.atMost(row.concat(slack), rhs / this.unit);
  }

  /** (sigma, C'L'w, sqrt(d) w) / sigma in the second-order cone */
  private volatilityLimit(): number | undefined {
    const sigma = this.problem.volatility_max;
    if (typeof sigma !== 'number') return undefined;
    const unit = sigma > 0 ? sigma : 1;
    const head: [number, number][] = this.isOptimum ? [] : [[this.builder.variable(1), -1]];
    if (!this.isOptimum) this.builder.atMost([[head[0]![0], -1]], 0);
    const rows = [{ row: head as Row, rhs: sigma / unit }];
    this.factorRows.forEach((row, j) => {
      let target = 0;
      for (let i = 0; i < this.n; i += 1) target += row[i]! * this.reference[i]!;
      rows.push({ row: [[this.factors[j]!, -this.unit / unit]], rhs: target / unit });
    });
    this.problem.covariance.specific.forEach((variance, i) => {
      const root = Math.sqrt(variance);
      if (root === 0) return;
      rows.push({
        row: [[this.trades[i]!, (-this.unit * root) / unit]],
        rhs: (root * this.problem.initial[i]!) / unit,
      });
    });
    return this.builder.secondOrderCone(rows);
  }

  private grossLimit(): number | undefined {
    const max = this.problem.gross_max;
    if (typeof max !== 'number') return undefined;
    const row = this.trades.map((u, i) => {
      const size = this.builder.variable();
      const start = this.problem.initial[i]! / this.unit;
      this.builder.atMost([[u, 1], [size, -1]], -start); // prettier-ignore
      this.builder.atMost([[u, -1], [size, -1]], start); // prettier-ignore
      return [size, 1] as const;
    });
    return this.limit(row, max);
  }
}

/** (C'L')_j, k rows of n */
function factorLoadings({ covariance }: Problem): Float64Array[] {
  const { loadings, factor } = covariance;
  const k = loadings[0]?.length ?? 0;
  const root = factor === undefined ? undefined : semidefiniteCholesky(factor);
  const rows: Float64Array[] = [];
  for (let j = 0; j < k; j += 1) {
    const row = new Float64Array(loadings.length);
    loadings.forEach((loading, i) => {
      if (root === undefined) row[i] = loading[j]!;
      else for (let m = 0; m < k; m += 1) row[i]! += loading[m]! * root.root[m * k + j]!;
    });
    rows.push(row);
  }
  return rows;
}

/** The size of a typical first derivative of the utility, per unit traded. */
function objectiveScale(problem: Problem, unit: number): number {
  let scale = 0;
  for (let i = 0; i < problem.instruments.length; i += 1) {
    const curvature = problem.risk_aversion * problem.covariance.specific[i]! + (problem.tracking?.[i] ?? 0);
    const costs = (problem.cost_linear?.[i] ?? 0) + (problem.cost_impact?.[i] ?? 0) * Math.sqrt(unit);
    scale = Math.max(scale, Math.abs(problem.alpha[i]!), costs, curvature * 0.1);
  }
  return scale > 0 ? scale * unit : 1;
}

function term(variable: number | undefined, coefficient: number): [number, number][] {
  return variable === undefined || coefficient === 0 ? [] : [[variable, coefficient]];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
