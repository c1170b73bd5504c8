import { riskOf, Z_95 } from '../impact/index.js';
import type { CoordinationInput, LimitClass } from '../input.js';
import { earmarkedCash } from '../rebalancing/cash-flows.js';
import { type GainLimit, gainLimits } from '../tax/index.js';
import type { Universe } from '../universe.js';
import type { RebalanceTarget } from './rebalance-targets.js';

/** The limits of the model's section 4 in weights (fractions of NAV). Arrays have length n. */
export interface MandateLimits {
  /** position limit, instrument bounds, and the band around a rebalance target that is due, together */
  readonly positionLower: Float64Array;
  readonly positionUpper: Float64Array;
  /** 1 where a rebalance target is due, so that the range is its band */
  readonly due: Uint8Array;
  /** the largest |x_i| that the volume allows beside the open orders; Infinity where it is unknown */
  readonly liquidity: Float64Array;
  /** open orders of earlier coordinations, both directions added up */
  readonly pending: Float64Array;
  readonly restricted: Uint8Array;
  /** sum w + costs <= investedMax: what neither the cash buffer nor withdrawals keep back */
  readonly investedMax: number;
  /** sqrt(w' Sigma w) of one day */
  readonly volatilityMax: number;
  readonly turnoverMax: number;
  /** null where shorting is off: the cash limit then implies it */
  readonly grossMax: number | null;
  /** in ascending order of name */
  readonly sectors: readonly SectorLimit[];
  /** budgets of realised gains */
  readonly gains: readonly GainLimit[];
}

interface SectorLimit {
  readonly sector: string;
  readonly members: readonly number[];
  readonly max: number;
}

/** One limit at some weights. */
export interface LimitState {
  readonly kind: LimitClass | 'gross';
  /** `cash`, `risk`, `turnover`, `gross`, `sector:NAME`, `position:INSTRUMENT`, `rebalance:INSTRUMENT` */
  readonly name: string;
  /** the instrument or the position in `sectors` that it belongs to, -1 for the whole portfolio's */
  readonly index: number;
  readonly value: number;
  readonly bound: number;
}

/** Weights this close to a limit keep it: rounding of sums, far below a share of any portfolio. */
export const LIMIT_TOLERANCE = 1e-9;

/** @param targets one an instrument, null where none is asked for */
export function mandateLimits(
  universe: Universe,
  input: CoordinationInput,
  targets: readonly (RebalanceTarget | null)[] = [],
): MandateLimits {
  const { parameters, portfolio } = input;
  const { n, ids, nav } = universe;
  const cap = parameters.maxPositionSize;
  const positionLower = new Float64Array(n).fill(parameters.allowShort ? -cap : 0);
  const positionUpper = new Float64Array(n).fill(cap);
  for (const [id, { min, max }] of Object.entries(parameters.instrumentBounds)) {
    const i = universe.index.get(id);
    if (i === undefined) continue;
    positionUpper[i] = Math.min(cap, max ?? cap);
    positionLower[i] = Math.min(positionUpper[i], Math.max(positionLower[i]!, min ?? -Infinity));
  }
  const due = narrowToDueTargets(targets, positionLower, positionUpper);
  const restricted = new Uint8Array(n);
  for (const id of parameters.restricted) {
    const i = universe.index.get(id);
    if (i !== undefined) restricted[i] = 1;
  }
  const pending = new Float64Array(n);
  for (const { instrumentId, quantity } of portfolio.openOrders) {
    const i = universe.index.get(instrumentId)!;
    pending[i]! += (Math.abs(quantity) * universe.price[i]!) / nav;
  }
  const shareOfVolume = parameters.maxParticipation * parameters.executionDays;
  return {
    positionLower,
    positionUpper,
    due,
    liquidity: Float64Array.from(ids, (_, i) =>
      Math.max(0, (shareOfVolume * universe.adv[i]! * universe.price[i]!) / nav - pending[i]!),
    ),
    pending,
    restricted,
    investedMax: Math.max(0, 1 - parameters.cashBuffer - earmarkedCash(input, universe)),
    volatilityMax: (parameters.riskBudgetShare * parameters.riskBudgetLimit) / Z_95,
    turnoverMax: parameters.maxTurnover,
    grossMax: parameters.allowShort ? parameters.maxGross : null,
    sectors: sectorLimits(universe, parameters.maxSectorWeight),
    gains: gainLimits(input, nav),
  };
}

/** Narrows each range to the band of its due target, as far as it reaches into the range. @returns 1 where one is due */
function narrowToDueTargets(
  targets: readonly (RebalanceTarget | null)[],
  lower: Float64Array,
  upper: Float64Array,
): Uint8Array {
  const due = new Uint8Array(lower.length);
  targets.forEach((target, i) => {
    if (target === null || !target.due) return;
    const within = (w: number): number => Math.min(Math.max(w, lower[i]!), upper[i]!);
    const [low, high] = [within(target.weight - target.tolerance), within(target.weight + target.tolerance)];
    [lower[i], upper[i], due[i]] = [low, high, 1];
  });
  return due;
}

/** The name of the limit on a single weight. */
export const positionLimitName = (universe: Universe, { due }: MandateLimits, i: number): string =>
  `${due[i] === 1 ? 'rebalance' : 'position'}:${universe.ids[i]!}`;

function sectorLimits(universe: Universe, max: number): SectorLimit[] {
  const members = new Map<string, number[]>();
  universe.sector.forEach((sector, i) => {
    if (sector === null) return;
    const list = members.get(sector);
    if (list === undefined) members.set(sector, [i]);
    else list.push(i);
  });
  return [...members.keys()].sort().map((sector) => ({ sector, members: members.get(sector)!, max }));
}

/** The limits on the state of a portfolio that the weights w0 break, in the order position, risk, sector, cash, gross. */
export function brokenLimits(universe: Universe, limits: MandateLimits): LimitState[] {
  const { n, w0 } = universe;
  const positions: LimitState[] = [];
  let [invested, gross] = [0, 0];
  for (let i = 0; i < n; i += 1) {
    invested += w0[i]!;
    gross += Math.abs(w0[i]!);
    const [value, upper, lower] = [w0[i]!, limits.positionUpper[i]!, limits.positionLower[i]!];
    if (value <= upper + LIMIT_TOLERANCE && value >= lower - LIMIT_TOLERANCE) continue;
    const bound = value > upper ? upper : lower;
    positions.push({ kind: 'position', name: positionLimitName(universe, limits, i), index: i, value, bound });
  }
  const whole: LimitState[] = [
    { kind: 'risk', name: 'risk', index: -1, value: riskOf(universe.risk, w0).volatility, bound: limits.volatilityMax },
    ...limits.sectors.map(({ sector, members, max }, index): LimitState => {
      const value = members.reduce((sum, i) => sum + w0[i]!, 0);
      return { kind: 'sector', name: `sector:${sector}`, index, value, bound: max };
    }),
    { kind: 'cash', name: 'cash', index: -1, value: invested, bound: limits.investedMax },
    { kind: 'gross', name: 'gross', index: -1, value: gross, bound: limits.grossMax ?? Infinity },
  ];
  return [...positions, ...whole.filter(({ value, bound }) => value > bound + LIMIT_TOLERANCE)];
}
