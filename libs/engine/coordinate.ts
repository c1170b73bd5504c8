import { assessPortfolio, buildDecisions, summarise } from './decisions/index.js';
import { planExecution, unsafeWarnings } from './execution/index.js';
import {
  ConfidenceCurve,
  type Evidence,
  limitReports,
  Marginals,
  rejectedSignals,
  SignalBook,
  withoutLimits,
} from './explain/index.js';
import { riskOf } from './impact/index.js';
import type { CoordinationInput } from './input.js';
import { dropLosses } from './lots/index.js';
import { listOf } from './numerics/index.js';
import { choosePortfolio, type Choice, mandateOf, type Mandate } from './optimisation/index.js';
import { rebalanceAccounts } from './rebalancing/index.js';
import type { CoordinationResult, CoordinationStatus, SignalContribution } from './result.js';
import { buildUniverse, type UniverseResult } from './risk/index.js';
import { synthesise } from './signals/index.js';
import type { Optimiser, Solution } from './solver/problem.js';
import { isFallback } from './solver/solve-certified.js';
import type { Synthesis, Universe } from './universe.js';

/** An input that has no answer: prices missing, a portfolio without value, a risk model that is none. */
export interface InvalidCoordination {
  readonly invalid: Exclude<UniverseResult, { kind: 'UNIVERSE' }>;
}

export interface CoordinationOptions {
  /** limits solved again without, to tell what they cost; default 3, the dearest first */
  readonly limitsRemoved?: number;
  /** whether the portfolio is assessed as a whole (historical simulation, stress); default true, false for those who want the trades alone */
  readonly impactAssessment?: boolean;
}

const LIMITS_REMOVED = 3;

/**
 * Coordinates the signals, the portfolio and its rebalance requests into one set of decisions within every limit: the
 * model from section 1 to section 8. A pure function of its arguments: the same ones give the same bytes.
 *
 * @param optimiser any solver of the problem; what it says is checked before it is used
 */
export function coordinate(
  input: CoordinationInput,
  optimiser: Optimiser,
  options: CoordinationOptions = {},
): CoordinationResult | InvalidCoordination {
  const built = buildUniverse(input);
  if (built.kind !== 'UNIVERSE') return { invalid: built };
  const { universe } = built;
  const synthesis = synthesise(input, universe);
  const mandate = mandateOf(input, universe, synthesis);
  const choice = choosePortfolio(mandate, optimiser);

  const evidence = gather(mandate, choice);
  const reports = limitReports(mandate, choice, evidence.marginals);
  const removed = withoutLimits(mandate, choice, reports, optimiser, options.limitsRemoved ?? LIMITS_REMOVED);
  const rejected = rejectedSignals(evidence, removed, new Map(reports.map((r) => [r.name, r.shadowPrice])));

  const assessment = assessPortfolio(evidence, options.impactAssessment ?? true);
  const losses = dropLosses(mandate, choice.trades);
  const plan = planExecution(mandate, choice.trades, losses);
  const decisions = buildDecisions(evidence, assessment, rejected, reports, losses, plan);
  const { optimalityGapBps, ...summary } = summarise(evidence, assessment, decisions, rejected);
  return {
    status: statusOf(choice),
    decisions,
    rejectedSignals: rejected,
    summary,
    limits: reports.map((report) => {
      const without = removed.get(report.name);
      if (without === undefined) return report;
      return { ...report, without: { utilityBps: 1e4 * without.gain, value: without.value } };
    }),
    rebalances: rebalanceAccounts(evidence, assessment.costs),
    optimalityGapBps,
    riskModel: { id: universe.risk.id, source: universe.risk.source, regime: universe.risk.regime },
    warnings: [
      ...universe.warnings,
      ...synthesis.warnings,
      ...mandate.warnings,
      ...choice.warnings,
      ...unsafeWarnings(mandate, plan),
      ...solverWarnings(choice.solution),
    ],
    problem: choice.problem,
    solution: choice.solution,
    weights: listOf(choice.weights),
    gainPrices: mandate.limits.gains.map(({ name, room }, g) => ({ name, price: choice.prices[g]!, room })),
    utility: summary.utility,
    contributions: contributionsOf(universe, synthesis),
  };
}

function gather(mandate: Mandate, choice: Choice): Evidence {
  const { universe, synthesis } = mandate;
  const book = new SignalBook(synthesis);
  return {
    mandate,
    choice,
    marginals: new Marginals(mandate, choice),
    book,
    curve: new ConfidenceCurve(mandate.input, synthesis, book),
    riskBefore: riskOf(universe.risk, universe.w0),
    riskAfter: riskOf(universe.risk, choice.weights),
  };
}

function statusOf(choice: Choice): CoordinationStatus {
  if (choice.heldBecause !== null) return 'HOLD_ALL';
  return choice.check.allHold ? 'OPTIMAL' : 'RELAXED';
}

/** A fallback is never silent. */
function solverWarnings({ solver, gap_relative }: Solution): string[] {
  if (!isFallback(solver)) return [];
  return [
    `The engine's own solver could not certify its answer: ${solver} answered, with a relative gap of ${gap_relative}.`,
  ];
}

function contributionsOf(universe: Universe, synthesis: Synthesis): SignalContribution[] {
  return synthesis.accepted.map((signal, s) => ({
    signalId: signal.signalId,
    source: signal.source,
    instrumentId: universe.ids[signal.instrument]!,
    kappa: signal.kappa,
    weight: signal.weight,
    alpha: synthesis.contributionTo(s, signal.instrument),
  }));
}
