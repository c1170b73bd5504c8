import { assessTrades } from '#engine';
import { configVersion } from '../coordination/decide.js';
import { type PlacesOfInputs, positionPrice, rejectInvalid } from '../coordination/invalid-input.js';
import { resolveParameters } from '../coordination/parameters.js';
import { rejectLots } from '../coordination/tax-input.js';
import { toEngineInput } from '../coordination/to-engine.js';
import { pointerToken, reject, type Rejection } from '../rejection.js';
import type { ImpactAnswer } from './answer.js';
import type { AssessImpactCommand } from './command.js';
import { toImpactAnswer } from './from-engine.js';

/** Selling more than is held by less than this part of it is rounding. */
const SHARE_TOLERANCE = 1e-9;

/**
 * What the trades would do. Broken limits are told, not refused: that is what is asked. A sale of what is not held, with
 * shorting off, is refused, for the portfolio after it could not be.
 */
export function assessProposedTrades(command: AssessImpactCommand): ImpactAnswer | Rejection {
  const { request, configuration } = command;
  const unknownLots = rejectLots(command);
  if (unknownLots !== undefined) return unknownLots;
  const oversold = rejectOversold(command);
  if (oversold !== undefined) return oversold;
  const input = toEngineInput(
    { ...request, signals: [] },
    {
      portfolioState: command.portfolioState,
      learnedState: command.learnedState,
      asOf: command.asOf,
      ...(configuration ? { storedParameters: configuration.parameters } : {}),
      ...(command.marketModel ? { marketModel: command.marketModel } : {}),
    },
  );
  const trades = request.trades.map(({ instrument_id, action, quantity }) => ({
    instrumentId: instrument_id,
    quantity: action === 'SELL' ? -quantity : quantity,
  }));
  const reference = request.reference_weights && new Map(Object.entries(request.reference_weights));
  const result = assessTrades(input, trades, reference);
  if ('invalid' in result) return rejectInvalid(result.invalid, placesOf(command));
  return toImpactAnswer(result, command, configVersion(command));
}

function rejectOversold({ request, portfolioState, configuration }: AssessImpactCommand): Rejection | undefined {
  if (resolveParameters(request.coordination_parameters, configuration?.parameters).allowShort) return undefined;
  const held = new Map<string, number>();
  for (const { instrument_id, quantity } of [...portfolioState.positions, ...(portfolioState.open_orders ?? [])]) {
    held.set(instrument_id, (held.get(instrument_id) ?? 0) + quantity);
  }
  const errors = request.trades.flatMap(({ instrument_id, action, quantity }, i) => {
    const most = Math.max(0, held.get(instrument_id) ?? 0);
    if (action === 'BUY' || quantity <= most * (1 + SHARE_TOLERANCE)) return [];
    const message = `sells ${quantity} of ${instrument_id}, of which ${most} are held (open orders counted)`;
    const accepted = most > 0 ? `a quantity up to ${most}, or allow_short` : 'no SELL of it, or allow_short';
    return [{ pointer: `/trades/${i}/quantity`, message, accepted }];
  });
  if (errors.length === 0) return undefined;
  return reject('INVALID_REQUEST', 'The trades sell more than is held, and shorting is off.', errors);
}

function placesOf({ request, storedPortfolioState }: AssessImpactCommand): PlacesOfInputs {
  const portfolio = storedPortfolioState ? '/portfolio_id' : '/portfolio_state';
  const tradeOf = (id: string): string | undefined => {
    const trade = request.trades.findIndex((each) => each.instrument_id === id);
    return trade < 0 ? undefined : `/trades/${trade}/instrument_id`;
  };
  const referenceOf = (id: string): string | undefined =>
    Object.hasOwn(request.reference_weights ?? {}, id) ? `/reference_weights/${pointerToken(id)}` : undefined;
  return {
    portfolio,
    price: (id) => positionPrice(request.portfolio_state, id) ?? tradeOf(id) ?? referenceOf(id) ?? portfolio,
  };
}
