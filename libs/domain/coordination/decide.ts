import {
  type CoordinationInput,
  type CoordinationResult,
  coordinate,
  isFallback,
  type LearnedState,
  type Optimiser,
} from '#engine';
import type { MarketModel } from '../market-model/events.js';
import { isRejection, reject, type Rejection } from '../rejection.js';
import { parseTime } from '../time.js';
import type { CoordinationCompleted, CoordinationRequested } from './events.js';
import { toContributions, toOutcome } from './from-engine.js';
import { type PlacesOfInputs, positionPrice, rejectInvalid } from './invalid-input.js';
import { type CoordinationProblem, problemDocument } from './problem-document.js';
import type {
  CoordinationParameters,
  CoordinationRequest,
  PortfolioState,
  RecordedTrade,
  TradingSessions,
  RebalanceRequest,
} from './request.js';
import { rejectLots } from './tax-input.js';
import { toEngineInput } from './to-engine.js';

/** A request with everything it refers to gathered beside it. */
export interface CoordinateCommand {
  readonly coordinationId: string;
  readonly request: CoordinationRequest;
  readonly portfolioState: PortfolioState;
  /** whether the state came from the portfolio's stream instead of the request */
  readonly storedPortfolioState: boolean;
  /** from the queue of the stored portfolio */
  readonly queuedRebalances?: readonly RebalanceRequest[];
  /** of the portfolios that the request names for the wash-sale rule */
  readonly storedTrades?: readonly RecordedTrade[];
  readonly configuration?: {
    readonly name: string;
    readonly version: number;
    readonly parameters: CoordinationParameters;
  };
  readonly marketModel?: MarketModel;
  readonly learnedState: LearnedState;
  /** when orders may trade, where the request does not say so itself; without either from `asOf` on, 6.5 hours a day */
  readonly tradingSessions?: TradingSessions;
  /** RFC 3339 */
  readonly asOf: string;
  readonly engineVersion: string;
}

export interface CoordinationDecision {
  readonly events: readonly [CoordinationRequested, CoordinationCompleted];
  /** for metrics; not recorded */
  readonly diagnostics: SolveDiagnostics;
}

export interface SolveDiagnostics {
  readonly solver: string;
  readonly iterations: number;
  readonly gapRelative: number;
  /** whether the engine's own solver could not certify its answer and another one, or none, stood in */
  readonly fallback: boolean;
}

/** decide(command) -> events | rejection. A coordination's stream is new, so there is no earlier state to decide against. */
export function decideCoordination(command: CoordinateCommand, optimise: Optimiser): CoordinationDecision | Rejection {
  const result = coordinateCommand(command, optimise);
  if (isRejection(result)) return result;
  const { solver, iterations, gap_relative } = result.solution;
  const fallback = isFallback(solver);
  return {
    events: [coordinationRequested(command), completed(command, result)],
    diagnostics: { solver, iterations, gapRelative: gap_relative, fallback },
  };
}

/** The engine's answer to a command, with the problem behind it; the recorded outcome beside it is what decide gives. */
export function decideWithProblem(command: CoordinateCommand, optimise: Optimiser): DecisionWithProblem | Rejection {
  const result = coordinateCommand(command, optimise);
  if (isRejection(result)) return result;
  return { completed: completed(command, result).data, problem: problemDocument(result) };
}

export interface DecisionWithProblem {
  readonly completed: CoordinationCompleted['data'];
  readonly problem: CoordinationProblem;
}

function coordinateCommand(command: CoordinateCommand, optimise: Optimiser): CoordinationResult | Rejection {
  const unknownLots = rejectLots(command);
  if (unknownLots !== undefined) return unknownLots;
  const past = rejectPastSessions(command);
  if (past !== null) return past;
  const result = coordinate(engineInputOf(command), optimise);
  return 'invalid' in result ? rejectInvalid(result.invalid, placesOf(command)) : result;
}

/** What the engine is given of a command. */
export const engineInputOf = (command: CoordinateCommand): CoordinationInput =>
  toEngineInput(command.request, {
    portfolioState: command.portfolioState,
    learnedState: command.learnedState,
    asOf: command.asOf,
    queuedRebalances: command.queuedRebalances ?? [],
    ...(command.storedTrades ? { storedTrades: command.storedTrades } : {}),
    ...(command.configuration ? { storedParameters: command.configuration.parameters } : {}),
    ...(command.marketModel ? { marketModel: command.marketModel } : {}),
    ...(command.tradingSessions ? { tradingSessions: command.tradingSessions } : {}),
  });

/** Sessions that the request brings itself have to leave some time to trade in. */
function rejectPastSessions({ request, asOf }: CoordinateCommand): Rejection | null {
  const own = request.market_data?.sessions;
  if (own === undefined || own.some(({ close_at }) => parseTime(close_at) > parseTime(asOf))) return null;
  return reject('INVALID_REQUEST', 'All sessions of the request are over.', [
    { pointer: '/market_data/sessions', message: `all end by ${asOf}`, accepted: 'at least one that ends later' },
  ]);
}

/** Every input of the command, as it is recorded: a replay needs the log alone. */
export function coordinationRequested(command: CoordinateCommand): CoordinationRequested {
  const version = configVersion(command);
  return {
    type: 'coordination_requested',
    data: {
      coordination_id: command.coordinationId,
      portfolio_id: command.portfolioState.portfolio_id,
      as_of: command.asOf,
      request: command.request,
      ...(command.storedPortfolioState ? { stored_portfolio_state: command.portfolioState } : {}),
      ...(command.queuedRebalances === undefined ? {} : { queued_rebalances: command.queuedRebalances }),
      ...(command.storedTrades ? { stored_trades: command.storedTrades } : {}),
      ...(version === undefined ? {} : { config_version: version }),
      ...(command.marketModel ? { market_model_id: command.marketModel.model_id } : {}),
      learned_state_id: command.learnedState.id,
      ...(command.tradingSessions ? { trading_sessions: command.tradingSessions } : {}),
      engine_version: command.engineVersion,
    },
  };
}

function completed(command: CoordinateCommand, result: CoordinationResult): CoordinationCompleted {
  return {
    type: 'coordination_completed',
    data: {
      coordination_id: command.coordinationId,
      portfolio_id: command.portfolioState.portfolio_id,
      ...(command.configuration ? { config_name: command.configuration.name } : {}),
      outcome: toOutcome(result, command.asOf, configVersion(command)),
      contributions: toContributions(result),
    },
  };
}

/** `name@version` */
export const configVersion = ({ configuration: c }: Pick<CoordinateCommand, 'configuration'>): string | undefined =>
  c === undefined ? undefined : `${c.name}@${c.version}`;

function placesOf({ request, storedPortfolioState }: CoordinateCommand): PlacesOfInputs {
  const portfolio = storedPortfolioState ? '/portfolio_id' : '/portfolio_state';
  const targetOf = (id: string): string | undefined => {
    for (const [r, rebalance] of (request.rebalance_requests ?? []).entries()) {
      const target = rebalance.targets.findIndex((t) => t.instrument_id === id);
      if (target >= 0) return `/rebalance_requests/${r}/targets/${target}/instrument_id`;
    }
    return undefined;
  };
  return { portfolio, price: (id) => positionPrice(request.portfolio_state, id) ?? targetOf(id) ?? portfolio };
}
