import type { LearnedState } from '#engine';
import type { MarketModel } from '../market-model/events.js';
import { reject, type Rejection } from '../rejection.js';
import type { CoordinateCommand } from './decide.js';
import type { CoordinationRequested } from './events.js';

/** What the inputs of a recorded coordination name without carrying it. */
export interface NamedInputs {
  readonly configuration?: CoordinateCommand['configuration'];
  readonly marketModel?: MarketModel;
  readonly learnedState: LearnedState;
}

/** A configuration as an event names it. */
export interface ConfigurationVersion {
  readonly name: string;
  readonly version: number;
}

/** The command that a recorded coordination was decided from: deciding it again gives the recorded bytes. */
export function recallCommand(data: CoordinationRequested['data'], named: NamedInputs): CoordinateCommand | Rejection {
  const portfolioState = data.stored_portfolio_state ?? data.request.portfolio_state;
  if (portfolioState === undefined) {
    return reject('INVALID_REQUEST', `The recorded inputs of ${data.coordination_id} have no portfolio.`);
  }
  return {
    coordinationId: data.coordination_id,
    request: data.request,
    portfolioState,
    storedPortfolioState: data.stored_portfolio_state !== undefined,
    ...(data.queued_rebalances ? { queuedRebalances: data.queued_rebalances } : {}),
    ...(data.stored_trades ? { storedTrades: data.stored_trades } : {}),
    ...(named.configuration ? { configuration: named.configuration } : {}),
    ...(named.marketModel ? { marketModel: named.marketModel } : {}),
    learnedState: named.learnedState,
    ...(data.trading_sessions ? { tradingSessions: data.trading_sessions } : {}),
    asOf: data.as_of,
    engineVersion: data.engine_version,
  };
}

/** Reads `name@version`; a name may hold the sign itself. */
export function parseConfigurationVersion(text: string): ConfigurationVersion {
  const at = text.lastIndexOf('@');
  const version = Number(text.slice(at + 1));
  if (at < 1 || !Number.isInteger(version)) throw new Error(`"${text}" names no version of a configuration`);
  return { name: text.slice(0, at), version };
}
