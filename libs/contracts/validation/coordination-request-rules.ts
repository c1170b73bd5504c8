import {
  type CoordinationParameters,
  type CoordinationRequest,
  type FieldError,
  parseTime,
  pointerToken,
  type PortfolioState,
  type RebalanceRequest,
} from '#domain';
import { ERRORS_MAX } from './explain.js';
import { marketDataRules } from './market-data-rules.js';
import { metadataRule } from './metadata-rule.js';
import { repeats } from './repeats.js';

/** What a schema cannot say of a request that fits it: names used once, fields that exclude each other, sums. */
export function coordinationRequestRules(request: CoordinationRequest): readonly FieldError[] {
  return [
    ...portfolioGivenOnce(request),
    ...(request.portfolio_state ? at('/portfolio_state', portfolioStateRules(request.portfolio_state)) : []),
    ...rebalanceRules(request),
    ...namedLotRules(request),
    ...(request.coordination_parameters
      ? at('/coordination_parameters', parameterRules(request.coordination_parameters))
      : []),
    ...(request.market_data ? at('/market_data', marketDataRules(request.market_data)) : []),
    ...request.signals.flatMap((signal, i) =>
      signal.metadata ? metadataRule(signal.metadata, `/signals/${i}/metadata`) : [],
    ),
  ].slice(0, ERRORS_MAX);
}

function portfolioGivenOnce(request: CoordinationRequest): FieldError[] {
  const accepted = 'either portfolio_state or portfolio_id';
  if (request.portfolio_state === undefined && request.portfolio_id === undefined) {
    return [{ pointer: '/portfolio_state', message: `is required where portfolio_id is not given`, accepted }];
  }
  if (request.portfolio_state !== undefined && request.portfolio_id !== undefined) {
    return [{ pointer: '/portfolio_id', message: 'cannot be given together with portfolio_state', accepted }];
  }
  return [];
}

export function portfolioStateRules(state: PortfolioState): readonly FieldError[] {
  return [
    ...repeats(
      state.positions.map((p) => p.instrument_id),
      (i) => `/positions/${i}/instrument_id`,
    ),
    ...state.positions.flatMap((position, i) => lotRules(position, state.as_of, `/positions/${i}/tax_lots`)),
  ];
}

/** relative; the quantities of lots are often the result of divisions */
const LOTS_TOLERANCE = 1e-6;

function lotRules(
  { quantity, tax_lots: lots }: PortfolioState['positions'][number],
  asOf: string,
  pointer: string,
): FieldError[] {
  if (lots === undefined) return [];
  const errors = repeats(
    lots.map((lot) => lot.lot_id),
    (i) => `${pointer}/${i}/lot_id`,
  );
  const latest = parseTime(asOf);
  lots.forEach(({ acquired_at }, i) => {
    if (parseTime(acquired_at) <= latest) return;
    const message = `is ${acquired_at}, after the state it is part of (${asOf})`;
    errors.push({ pointer: `${pointer}/${i}/acquired_at`, message, accepted: `a time up to as_of, ${asOf}` });
  });
  const held = lots.reduce((total, lot) => total + lot.quantity, 0);
  if (Math.abs(held - quantity) <= LOTS_TOLERANCE * Math.max(1, Math.abs(quantity))) return errors;
  const accepted = `lots whose quantities add up to ${quantity}, or no tax_lots`;
  return [...errors, { pointer, message: `add up to ${held}, but the position holds ${quantity}`, accepted }];
}

function namedLotRules({ lots_to_sell: named = [] }: CoordinationRequest): FieldError[] {
  const instruments = repeats(
    named.map((n) => n.instrument_id),
    (i) => `/lots_to_sell/${i}/instrument_id`,
  );
  const lots = named.flatMap(({ lot_ids }, i) => repeats(lot_ids, (l) => `/lots_to_sell/${i}/lot_ids/${l}`));
  return [...instruments, ...lots];
}

function rebalanceRules({ rebalance_requests: requests = [] }: CoordinationRequest): FieldError[] {
  const ids = repeats(
    requests.map((r) => r.rebalance_id),
    (i) => `/rebalance_requests/${i}/rebalance_id`,
  );
  const targets = requests.flatMap((request, r) => at(`/rebalance_requests/${r}`, targetRules(request)));
  return [...ids, ...targets];
}

/** Each instrument once. */
export function targetRules({ targets }: Pick<RebalanceRequest, 'targets'>): readonly FieldError[] {
  return repeats(
    targets.map((t) => t.instrument_id),
    (i) => `/targets/${i}/instrument_id`,
  );
}

export function parameterRules(parameters: CoordinationParameters): readonly FieldError[] {
  return Object.entries(parameters.instrument_bounds ?? {}).flatMap(([instrument, { min, max }]) =>
    min !== undefined && max !== undefined && min > max
      ? [
          {
            pointer: `/instrument_bounds/${pointerToken(instrument)}/min`,
            message: `is ${min}, above max, which is ${max}`,
            accepted: `a number up to ${max}`,
          },
        ]
      : [],
  );
}

const at = (prefix: string, errors: readonly FieldError[]): FieldError[] =>
  errors.map((error) => ({ ...error, pointer: `${prefix}${error.pointer}` }));
