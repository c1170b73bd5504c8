import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  coordinate,
  type CoordinationInput,
  evaluateUtility,
  type Optimiser,
  type Problem,
  solve,
  solveCertified,
} from '#engine';
import { createReferenceSolver } from '#reference-solver';
import { generatedInput } from '#testing';
import { quantile, type Bench, type BenchCase } from '../bench.js';
import { benchmarkProblem } from '../solver/problems.js';
import { exactLots } from './exact-lots.js';

/** Problems with answers of other solvers, kept outside the repository. */
const SHARED = join(process.env['COORDINATION_SHARED'] ?? join(process.cwd(), '..', 'shared'), 'cases');
/** A lot where a problem has none: a share of 100 in a portfolio of ten million. */
const LOT = 1e-5;
const ACCOUNTS = 30;

/** How one answer compares with the exact optimum. */
interface Comparison {
  readonly decisions: number;
  readonly agreeing: number;
  /** utility lost, as a share of the exact one */
  readonly lost: number;
}

const optimiser: Optimiser = (problem, options) => solveCertified(problem, null, options);

/**
 * Decisions beside the exact optimum: of continuous problems as other solvers found it, of whole-lot problems as
 * exhaustive search does. A decision agrees where the instrument trades the same way, or not at all, and the quantity
 * is within one lot.
 */
export const bench: Bench = {
  name: 'accuracy',
  async run(emit) {
    const report = reporter(emit);
    const shared = sharedCases();
    if (shared.length > 0) report('continuous, shared cases', shared.map(compareContinuous));
    else console.error(`accuracy: the shared cases are skipped, there is no ${SHARED}`);
    report('continuous, generated', (await generatedCases()).map(compareContinuous));
    report('whole lots, accounts of 25,000', accounts(25_000, 1));
    report('whole lots, accounts of 250,000', accounts(250_000, 1));
    report('whole lots, board lots of 100', accounts(5_000_000, 100));
  },
};

function reporter(emit: (result: BenchCase) => void) {
  return (name: string, comparisons: readonly Comparison[]): void => {
    if (comparisons.length === 0) return;
    const sum = (of: (c: Comparison) => number): number => comparisons.reduce((total, c) => total + of(c), 0);
    const line = (metric: string, ours: number): void =>
      emit({ case: name, metric, unit: 'share', ours, peer: 1, peer_name: 'exact optimum' });
    line('decisions that agree', sum((c) => c.agreeing) / sum((c) => c.decisions));
    line('utility kept, mean', 1 - sum((c) => c.lost) / comparisons.length);
    line('utility kept, worst', 1 - quantile(comparisons.map((c) => c.lost), 1)); // prettier-ignore
  };
}

interface ContinuousCase {
  readonly problem: Problem;
  readonly exact: readonly number[];
}

function compareContinuous({ problem, exact }: ContinuousCase): Comparison {
  const { w } = solve(problem);
  const trade = (weight: number, i: number): number => weight - problem.initial[i]!;
  const side = (x: number): number => (Math.abs(x) < LOT / 2 ? 0 : Math.sign(x));
  const agrees = (weight: number, i: number): boolean =>
    side(trade(weight, i)) === side(trade(exact[i]!, i)) && Math.abs(weight - exact[i]!) <= LOT;
  const [ours, best] = [evaluateUtility(problem, w).total, evaluateUtility(problem, exact).total];
  return { decisions: w.length, agreeing: w.filter(agrees).length, lost: lossOf(ours, best) };
}

function lossOf(ours: number, best: number): number {
  return best === 0 ? 0 : Math.max(0, best - ours) / Math.abs(best);
}

function sharedCases(): ContinuousCase[] {
  if (!existsSync(SHARED)) return [];
  return readdirSync(SHARED)
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => {
      const { problem, expected } = JSON.parse(readFileSync(join(SHARED, file), 'utf8')) as SharedCase;
      return expected.status === 'OPTIMAL' ? [{ problem, exact: expected.w }] : [];
    });
}

interface SharedCase {
  readonly problem: Problem;
  readonly expected: { readonly status: 'OPTIMAL'; readonly w: readonly number[] } | { readonly status: 'INFEASIBLE' };
}

async function generatedCases(): Promise<ContinuousCase[]> {
  const reference = await createReferenceSolver();
  return [100, 250, 500].flatMap((n) =>
    [false, true].flatMap((tight) => {
      const problem = benchmarkProblem(n, { tight, qp: false });
      const exact = reference(problem);
      if (exact.status === 'OPTIMAL' && exact.gap_relative <= 1e-8) return [{ problem, exact: exact.w }];
      console.error(`accuracy: the generated problem of ${n} instruments is skipped, the peer does not solve it`);
      return [];
    }),
  );
}

/** Whole-lot coordinations of small universes, in which the best portfolio can be found by search. */
function accounts(nav: number, lotSize: number): Comparison[] {
  return Array.from({ length: ACCOUNTS }, (_, seed) => seed + 1).flatMap((seed) => {
    const input = generatedInput({
      seed,
      instruments: 8 + (seed % 12),
      signals: 10 + (seed % 15),
      nav,
      lotSize,
      invested: 0.6,
      largestWeight: 0.15,
      parameters: { maxPositionSize: 0.2, correlationThreshold: 1 },
    });
    const comparison = compareWholeLots(input);
    if (comparison === null) console.error(`accuracy: account ${seed} of ${nav} is skipped, its search is too long`);
    return comparison === null ? [] : [comparison];
  });
}

function compareWholeLots(input: CoordinationInput): Comparison | null {
  const result = coordinate(input, optimiser);
  if ('invalid' in result) throw new Error(result.invalid.kind);
  const { problem, solution, decisions, summary } = result;
  const facts = new Map(input.market.requestFacts.map((fact) => [fact.instrumentId, fact]));
  const nav = input.portfolio.positions.reduce((sum, p) => sum + p.quantity * p.price!, input.portfolio.cash);
  const lot = problem.instruments.map((id) => (facts.get(id)!.price! * (facts.get(id)!.lotSize ?? 1)) / nav);
  const exact = exactLots(problem, solution.multipliers, solution.w, lot, summary.utility);
  if (exact === null) return null;
  const ours = new Int32Array(lot.length);
  const index = new Map(problem.instruments.map((id, i) => [id, i]));
  for (const { instrumentId, action, quantity } of decisions) {
    const lots = quantity / (facts.get(instrumentId)!.lotSize ?? 1);
    ours[index.get(instrumentId)!] = action === 'SELL' ? -lots : lots;
  }
  const agreeing = ours.filter((lots, i) => Math.sign(lots) === Math.sign(exact.lots[i]!) && Math.abs(lots - exact.lots[i]!) <= 1); // prettier-ignore
  return { decisions: ours.length, agreeing: agreeing.length, lost: lossOf(summary.utility, exact.utility) };
}
