import { daysToLiquidate, marginalVar95 } from '../impact/index.js';
import type { Universe } from '../universe.js';
import type { AssessmentBasis, WeighedRisk } from './assess-weights.js';
import { componentVar95 } from './component-var.js';

/** One instrument's part in a portfolio's risk before and after trades; fractions of NAV, one day. */
export interface InstrumentRisk {
  readonly instrumentId: string;
  readonly sector: string | null;
  readonly weightBefore: number;
  readonly weightAfter: number;
  /** they add up to the VaR 95 % of the portfolio */
  readonly componentVarBefore: number;
  readonly componentVarAfter: number;
  /** change of the VaR for a unit of weight, after */
  readonly marginalVar: number;
  /** after, at the participation cap */
  readonly daysToLiquidate: number;
}

/** The same of a sector; null holds what has none. */
export interface SectorRisk {
  readonly sector: string | null;
  readonly weightBefore: number;
  readonly weightAfter: number;
  readonly componentVarBefore: number;
  readonly componentVarAfter: number;
}

/** What is held before or after, the largest part of the risk after trading first. */
export function instrumentRisks(
  { universe, participation }: Pick<AssessmentBasis, 'universe' | 'participation'>,
  before: WeighedRisk,
  after: WeighedRisk,
): InstrumentRisk[] {
  const [start, end] = [componentVar95(before.risk, before.weights), componentVar95(after.risk, after.weights)];
  const risks: InstrumentRisk[] = [];
  for (let i = 0; i < universe.n; i++) {
    const [weightBefore, weightAfter] = [before.weights[i]!, after.weights[i]!];
    if (weightBefore === 0 && weightAfter === 0) continue;
    const shares = (weightAfter * universe.nav) / universe.price[i]!;
    risks.push({
      instrumentId: universe.ids[i]!,
      sector: universe.sector[i]!,
      weightBefore,
      weightAfter,
      componentVarBefore: start[i]!,
      componentVarAfter: end[i]!,
      marginalVar: marginalVar95(after.risk, i),
      daysToLiquidate: daysToLiquidate(shares, universe.adv[i]!, participation),
    });
  }
  const size = (risk: InstrumentRisk): number => Math.abs(risk.componentVarAfter);
  return risks.sort((a, b) => size(b) - size(a) || (a.instrumentId < b.instrumentId ? -1 : 1));
}

/** By name, what has no sector last. */
export function sectorRisks({ n, sector }: Universe, before: WeighedRisk, after: WeighedRisk): SectorRisk[] {
  const [start, end] = [componentVar95(before.risk, before.weights), componentVar95(after.risk, after.weights)];
  const sums = new Map<string | null, { -readonly [Key in keyof SectorRisk]: SectorRisk[Key] }>();
  for (let i = 0; i < n; i++) {
    if (before.weights[i] === 0 && after.weights[i] === 0) continue;
    const name = sector[i]!;
    const empty = { sector: name, weightBefore: 0, weightAfter: 0, componentVarBefore: 0, componentVarAfter: 0 };
    const total = sums.get(name) ?? empty;
    sums.set(name, total);
    total.weightBefore += before.weights[i]!;
    total.weightAfter += after.weights[i]!;
    total.componentVarBefore += start[i]!;
    total.componentVarAfter += end[i]!;
  }
  return [...sums.values()].sort((a, b) => (b.sector === null || (a.sector !== null && a.sector < b.sector) ? -1 : 1));
}
