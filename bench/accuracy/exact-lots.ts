import type { Multipliers, Problem } from '#engine';

/** Sums of weights are exact to far less than this. */
const ROUNDING = 1e-12;
const NODES_MAX = 20_000_000;

/** The best portfolio of whole lots. */
export interface ExactLots {
  /** lots traded, signed, length n */
  readonly lots: Int32Array;
  readonly utility: number;
}

/** One place that an instrument can end at. */
interface Place {
  readonly lots: number;
  readonly weight: number;
  /** how much the instrument's term of the Lagrangian is below its best place */
  readonly loss: number;
}

/**
 * The best whole-lot portfolio of a problem, by exhaustion: every combination of places is visited but those that the
 * continuous problem's multipliers prove to be worse than a portfolio already known. (The Lagrangian, with the factor
 * variances replaced by tangents, is a sum of terms of one instrument each and at least the utility of every portfolio
 * within the limits, so that the losses of its terms against their best places add up: reduced-cost fixing.) For
 * problems of linear and 3/2-power costs without taxes or short positions.
 *
 * @param lot weight of one lot, length n
 * @param known utility of some whole-lot portfolio within the limits
 * @returns null where there are too many combinations
 */
export function exactLots(
  problem: Problem,
  multipliers: Multipliers,
  w: readonly number[],
  lot: readonly number[],
  known: number,
): ExactLots | null {
  const { bound, places } = relax(problem, multipliers, w, lot);
  const walk = new Walk(problem, places, bound, known);
  return walk.run();
}

/** The upper bound by the best place of every instrument, and all the places with what each loses, the best first. */
function relax(problem: Problem, multipliers: Multipliers, w: readonly number[], lot: readonly number[]) {
  const price = prices(problem, multipliers);
  const { loadings } = problem.covariance;
  const reference = problem.reference ?? problem.initial;
  const total = exposures(loadings, w);
  const active = exposures(loadings, w.map((weight, i) => weight - reference[i]!)); // prettier-ignore
  const gamma = problem.risk_aversion;
  const rho = price.volatility;
  let bound = price.cash * problem.invested.max - price.floor * problem.invested.min;
  bound += price.turnover * (problem.turnover_max ?? 0) + (rho / 2) * square(problem.volatility_max ?? 0);
  for (let j = 0; j < total.length; j += 1) bound += (gamma / 2) * square(active[j]!) + (rho / 2) * square(total[j]!);
  (problem.groups ?? []).forEach(({ max }, g) => (bound += price.groups[g]! * max));
  const places = problem.initial.map((w0, i) => {
    let [ofActive, ofTotal] = [0, 0];
    loadings[i]!.forEach((loading, j) => {
      ofActive += loading * active[j]!;
      ofTotal += loading * total[j]!;
    });
    const ofSector = (problem.groups ?? []).reduce((sum, { members }, g) => sum + (members.includes(i) ? price.groups[g]! : 0), 0); // prettier-ignore
    const value = (weight: number): number => {
      const [x, off] = [weight - w0, weight - reference[i]!];
      const paid = paidCost(problem, i, x);
      return (
        ownUtility(problem, i, weight) -
        gamma * ofActive * off -
        rho * (ofTotal * weight + (problem.covariance.specific[i]! / 2) * square(weight)) -
        (price.cash - price.floor + ofSector) * weight -
        price.cash * paid -
        price.turnover * Math.abs(x)
      );
    };
    const all = grid(problem, i, lot[i]!).map((lots) => ({ lots, weight: w0 + lots * lot[i]! }));
    const values = all.map(({ weight }) => value(weight));
    const best = Math.max(...values);
    bound += best;
    return all.map((place, p): Place => ({ ...place, loss: best - values[p]! })).sort((a, b) => a.loss - b.loss);
  });
  return { bound, places };
}

function prices(problem: Problem, multipliers: Multipliers) {
  const floor = Math.max(0, multipliers.invested_min ?? -multipliers.invested);
  return {
    floor,
    cash: Math.max(0, multipliers.invested + floor),
    groups: (problem.groups ?? []).map((_, g) => Math.max(0, multipliers.groups[g] ?? 0)),
    turnover: typeof problem.turnover_max === 'number' ? Math.max(0, multipliers.turnover) : 0,
    volatility: typeof problem.volatility_max === 'number' ? Math.max(0, multipliers.volatility) : 0,
  };
}

/** Whole numbers of lots within the instrument's bounds. */
function grid(problem: Problem, i: number, lot: number): number[] {
  const w0 = problem.initial[i]!;
  if ((problem.fixed ?? []).includes(i)) return [0];
  const first = Math.ceil((problem.lower[i]! - w0) / lot - 1e-9);
  const last = Math.floor((problem.upper[i]! - w0) / lot + 1e-9);
  return Array.from({ length: Math.max(1, last - first + 1) }, (_, p) => first + p);
}

/** Everything in the utility but the factors' part of the risk. */
function ownUtility(problem: Problem, i: number, weight: number): number {
  const x = weight - problem.initial[i]!;
  const off = weight - (problem.reference ?? problem.initial)[i]!;
  const size = Math.abs(x);
  const curvature = problem.risk_aversion * problem.covariance.specific[i]! + (problem.tracking?.[i] ?? 0);
  const cost = size * ((problem.cost_linear?.[i] ?? 0) + (problem.cost_impact?.[i] ?? 0) * Math.sqrt(size));
  return problem.alpha[i]! * x - (curvature / 2) * square(off) - cost;
}

function paidCost({ paid_costs: paid }: Problem, i: number, x: number): number {
  const size = Math.abs(x);
  return paid === undefined ? 0 : size * (paid.linear[i]! + paid.impact[i]! * Math.sqrt(size));
}

/** Depth first over the instruments, those with most places left last. */
class Walk {
  private readonly order: readonly number[];
  private readonly chosen: Int32Array;
  private readonly groupOf: Int32Array;
  private readonly inGroup: Float64Array;
  private readonly active: Float64Array;
  private readonly total: Float64Array;
  private best: Int32Array | null = null;
  private nodes = 0;

  constructor(
    private readonly problem: Problem,
    private readonly places: readonly (readonly Place[])[],
    private readonly bound: number,
    private known: number,
  ) {
    const left = places.map((list) => list.filter(({ loss }) => loss <= bound - known).length);
    this.order = [...left.keys()].sort((a, b) => left[a]! - left[b]! || a - b);
    this.chosen = new Int32Array(places.length);
    this.groupOf = new Int32Array(places.length).fill(-1);
    (problem.groups ?? []).forEach(({ members }, g) => members.forEach((i) => (this.groupOf[i] = g)));
    this.inGroup = new Float64Array((problem.groups ?? []).length);
    const k = problem.covariance.loadings[0]!.length;
    this.active = new Float64Array(k);
    this.total = new Float64Array(k);
  }

  run(): ExactLots | null {
    // a portfolio as good as the known one counts, so that rounding cannot hide it
    this.known -= 1e-12 * Math.abs(this.known);
    this.visit(0, 0, 0, 0, 0, 0);
    if (this.nodes > NODES_MAX || this.best === null) return null;
    return { lots: this.best, utility: this.known };
  }

  private visit(depth: number, loss: number, utility: number, cash: number, turnover: number, specific: number): void {
    if (depth === this.order.length) return this.leaf(utility, cash, turnover, specific);
    const { problem } = this;
    const i = this.order[depth]!;
    const row = problem.covariance.loadings[i]!;
    const reference = (problem.reference ?? problem.initial)[i]!;
    const g = this.groupOf[i]!;
    for (const place of this.places[i]!) {
      if (loss + place.loss > this.bound - this.known || this.nodes > NODES_MAX) return;
      this.nodes += 1;
      const { weight } = place;
      const x = weight - problem.initial[i]!;
      this.move(row, weight, weight - reference, 1);
      if (g >= 0) this.inGroup[g]! += weight;
      this.chosen[i] = place.lots;
      this.visit(
        depth + 1,
        loss + place.loss,
        utility + ownUtility(problem, i, weight),
        cash + weight + paidCost(problem, i, x),
        turnover + Math.abs(x),
        specific + problem.covariance.specific[i]! * square(weight),
      );
      this.move(row, weight, weight - reference, -1);
      if (g >= 0) this.inGroup[g]! -= weight;
    }
  }

  private move(row: readonly number[], weight: number, off: number, sign: 1 | -1): void {
    for (let j = 0; j < row.length; j += 1) {
      this.total[j]! += sign * row[j]! * weight;
      this.active[j]! += sign * row[j]! * off;
    }
  }

  private leaf(own: number, cash: number, turnover: number, specific: number): void {
    const { problem } = this;
    let [risk, variance] = [0, specific];
    for (let j = 0; j < this.total.length; j += 1) {
      risk += square(this.active[j]!);
      variance += square(this.total[j]!);
    }
    const utility = own - (problem.risk_aversion / 2) * risk;
    if (utility <= this.known) return;
    if (cash > problem.invested.max + ROUNDING) return;
    if (typeof problem.turnover_max === 'number' && turnover > problem.turnover_max + ROUNDING) return;
    if (typeof problem.volatility_max === 'number' && Math.sqrt(variance) > problem.volatility_max + ROUNDING) return;
    if ((problem.groups ?? []).some(({ max }, g) => this.inGroup[g]! > max + ROUNDING)) return;
    this.known = utility;
    this.best = this.chosen.slice();
  }
}

function exposures(loadings: Problem['covariance']['loadings'], w: readonly number[]): number[] {
  return (loadings[0] ?? []).map((_, j) => w.reduce((sum, weight, i) => sum + loadings[i]![j]! * weight, 0));
}

function square(value: number): number {
  return value * value;
}
