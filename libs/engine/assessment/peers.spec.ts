import { readFileSync } from 'node:fs';
import { given } from '../coordination.fixture.js';
import { riskOf } from '../impact/index.js';
import { buildUniverse } from '../risk/index.js';
import type { ReturnHistory } from '../input.js';
import type { Universe } from '../universe.js';
import { assessImpact, componentVar95, historicalRisk } from './index.js';

interface PeerHistory {
  readonly days: number;
  readonly var_95: number;
  readonly cvar_95: number;
  readonly worst_days: readonly { readonly date: string; readonly return: number }[];
  readonly worst_week: { readonly from: string; readonly to: string; readonly return: number };
}

/** What bench/peers/assessment.py wrote. */
interface Peers {
  readonly instruments: readonly string[];
  readonly sectors: readonly string[];
  readonly dates: readonly string[];
  readonly returns: readonly (readonly number[])[];
  /** row and column of the returns that are missing in `with_gaps` */
  readonly gaps: readonly (readonly [number, number])[];
  /** of the sample covariance, as its Cholesky factor */
  readonly loadings: readonly (readonly number[])[];
  readonly reference: readonly number[];
  readonly portfolios: readonly {
    readonly weights: readonly number[];
    readonly volatility: number;
    readonly var_95: number;
    readonly cvar_95: number;
    readonly diversification_ratio: number;
    readonly tracking_error: number;
    readonly component_var: readonly number[];
    readonly stress: Readonly<Record<string, number>>;
    readonly complete: PeerHistory;
    readonly with_gaps: PeerHistory;
  }[];
}

const peers = JSON.parse(
  readFileSync(new URL('../../../bench/peers/fixtures/assessment.json', import.meta.url), 'utf8'),
) as Peers;
const { instruments, sectors, dates } = peers;

/** relative */
const TOLERANCE = 1e-10;

function expectNear(ours: number, theirs: number): void {
  expect(Math.abs(ours - theirs)).toBeLessThanOrEqual(TOLERANCE * Math.abs(theirs));
}

function historyOf(missing: Peers['gaps']): ReturnHistory {
  const values = peers.returns.map((row): (number | null)[] => [...row]);
  for (const [row, column] of missing) values[row]![column] = null;
  return { dates, instruments, values };
}

function universe(): Universe {
  const held = instruments.map((id, i) => ({ id, held: 1, sector: sectors[i]! }));
  const input = given({ instruments: held });
  const model = {
    id: 'sample',
    instruments,
    loadings: peers.loadings,
    factorCovariance: instruments.map((_, i) => instruments.map((__, j) => (i === j ? 1 : 0))),
    specificVariance: instruments.map(() => 0),
    regime: 'NORMAL' as const,
  };
  const risk = { kind: 'FACTOR_MODEL' as const, origin: 'REQUEST' as const, model };
  const built = buildUniverse({ ...input, market: { ...input.market, risk } });
  if (built.kind !== 'UNIVERSE') throw new Error(built.kind);
  return built.universe;
}

describe.each(
  peers.portfolios.map((portfolio, p) => [p === 0 ? 'a long portfolio' : 'a long and short portfolio', portfolio]),
)('%s beside numpy and skfolio', (_, theirs) => {
  const all = universe();
  /** from the order of the file to that of the universe */
  const order = all.ids.map((id) => instruments.indexOf(id));
  const w = Float64Array.from(order, (i) => theirs.weights[i]!);
  const risk = riskOf(all.risk, w);
  const held = { weights: w, risk };
  const reference = order.map((i) => peers.reference[i]!);
  const ours = assessImpact({ universe: all, reference, participation: 0.1, history: historyOf([]) }, held, held).after;

  it('has the same parametric figures', () => {
    expectNear(ours.volatility, theirs.volatility);
    expectNear(ours.var95, theirs.var_95);
    expectNear(ours.cvar95, theirs.cvar_95);
    expectNear(ours.diversificationRatio, theirs.diversification_ratio);
    expectNear(ours.trackingError, theirs.tracking_error);
  });

  it('has the same component VaRs', () => {
    const components = componentVar95(risk, w);
    order.forEach((i, mine) => expectNear(components[mine]!, theirs.component_var[i]!));
  });

  it('has the same stress', () => {
    const stress = ours.stress.filter(({ name }) => name !== 'worst_week');
    expect(stress.map(({ name }) => name).sort()).toEqual(Object.keys(theirs.stress).sort());
    for (const { name, return: value } of stress) expectNear(value, theirs.stress[name]!);
  });

  it.each([
    ['complete', [] as Peers['gaps']],
    ['with_gaps', peers.gaps],
  ] as const)('has the same historical simulation: %s', (kind, gaps) => {
    const expected = theirs[kind];
    const simulated = historicalRisk(historyOf(gaps), all.ids, w)!;
    expect(simulated.days).toBe(expected.days);
    expectNear(simulated.var95, expected.var_95);
    expectNear(simulated.cvar95, expected.cvar_95);
    expect(simulated.worstDays.map(({ date }) => date)).toEqual(expected.worst_days.map(({ date }) => date));
    simulated.worstDays.forEach((day, d) => expectNear(day.return, expected.worst_days[d]!.return));
    expect(simulated.worstWeek).toMatchObject({ from: expected.worst_week.from, to: expected.worst_week.to });
    expectNear(simulated.worstWeek.return, expected.worst_week.return);
  });
});
