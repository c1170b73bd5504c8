import type { CoordinationOutcome } from '../coordination/response.js';
import { changedDecisions, figuresOf, nextMean, NO_FIGURES } from './compare-outcomes.js';
import type { ChangedCoordination, ReplayFault, VerifyReport, WhatIfReport } from './replay.js';

/** What came out of one coordination in a verification. */
export type Verification =
  | { readonly kind: 'VERIFIED' }
  | { readonly kind: 'DIFFERENT' | 'OTHER_ENGINE' | 'FAILED'; readonly fault: ReplayFault };

/** What came out of one coordination under another configuration. */
export type WhatIf =
  | {
      readonly kind: 'COMPARED';
      readonly coordination_id: string;
      readonly recorded: CoordinationOutcome;
      readonly replayed: CoordinationOutcome;
      /** fractions of the net asset value; null where the closes are not known */
      readonly profit: { readonly recorded: number; readonly replayed: number } | null;
    }
  | { readonly kind: 'FAILED'; readonly fault: ReplayFault };

/** faults and changes that a report lists; all are counted */
const FAULTS_MAX = 20;
const CHANGED_MAX = 20;

export const EMPTY_VERIFY_REPORT: VerifyReport = { verified: 0, different: 0, other_engine: 0, failed: 0, faults: [] };

export const EMPTY_WHAT_IF_REPORT: WhatIfReport = {
  compared: 0,
  coordinations_changed: 0,
  decisions_changed: 0,
  failed: 0,
  recorded: NO_FIGURES,
  replayed: NO_FIGURES,
  most_changed: [],
  profit: null,
  faults: [],
};

const COUNTED = { DIFFERENT: 'different', OTHER_ENGINE: 'other_engine', FAILED: 'failed' } as const;

/** evolve(report, result): results come in the order of their positions, so that the first faults are those listed. */
export function tallyVerification(report: VerifyReport, result: Verification): VerifyReport {
  if (result.kind === 'VERIFIED') return { ...report, verified: report.verified + 1 };
  const counter = COUNTED[result.kind];
  return { ...report, [counter]: report[counter] + 1, faults: withFault(report.faults, result.fault) };
}

export function tallyWhatIf(report: WhatIfReport, result: WhatIf): WhatIfReport {
  if (result.kind === 'FAILED') {
    return { ...report, failed: report.failed + 1, faults: withFault(report.faults, result.fault) };
  }
  const changes = changedDecisions(result.recorded, result.replayed);
  const changed: ChangedCoordination = {
    coordination_id: result.coordination_id,
    decisions_changed: changes.length,
    changes,
  };
  return {
    ...report,
    compared: report.compared + 1,
    coordinations_changed: report.coordinations_changed + (changes.length > 0 ? 1 : 0),
    decisions_changed: report.decisions_changed + changes.length,
    recorded: nextMean(report.recorded, report.compared, figuresOf(result.recorded)),
    replayed: nextMean(report.replayed, report.compared, figuresOf(result.replayed)),
    profit: nextProfit(report.profit, result.profit),
    most_changed: changes.length === 0 ? report.most_changed : mostChanged([...report.most_changed, changed]),
  };
}

const BASIS_POINTS = 1e4;

function nextProfit(
  sum: WhatIfReport['profit'],
  next: Extract<WhatIf, { readonly kind: 'COMPARED' }>['profit'],
): WhatIfReport['profit'] {
  if (next === null) return sum;
  const { recorded, replayed, coordinations } = sum ?? { recorded: 0, replayed: 0, coordinations: 0 };
  return {
    recorded: recorded + BASIS_POINTS * next.recorded,
    replayed: replayed + BASIS_POINTS * next.replayed,
    coordinations: coordinations + 1,
  };
}

const withFault = (faults: readonly ReplayFault[], fault: ReplayFault): readonly ReplayFault[] =>
  faults.length < FAULTS_MAX ? [...faults, fault] : faults;

/** The sort is stable: of equals the earlier one stays. */
function mostChanged(changed: readonly ChangedCoordination[]): readonly ChangedCoordination[] {
  return [...changed].sort((a, b) => b.decisions_changed - a.decisions_changed).slice(0, CHANGED_MAX);
}
