import type { CancelOrders, FieldError, MarketUpdate } from '#domain';
import type { FillsRequest } from '../schemas/execution.js';
import { repeats } from './repeats.js';

export const empty = (pointer: string, accepted: string): FieldError => ({ pointer, message: 'is empty', accepted });

export const fillsRules = ({ fills }: FillsRequest): readonly FieldError[] =>
  fills.length === 0 ? [empty('/fills', 'at least one fill')] : [];

export function cancelRules({ decision_ids }: CancelOrders): readonly FieldError[] {
  if (decision_ids === undefined) return [];
  if (decision_ids.length === 0) return [empty('/decision_ids', 'at least one decision, or no list for all of them')];
  return repeats(decision_ids, (i) => `/decision_ids/${i}`);
}

export function marketUpdateRules({ prices }: MarketUpdate): readonly FieldError[] {
  if (prices.length === 0) return [empty('/prices', 'at least one price')];
  return repeats(
    prices.map(({ instrument_id }) => instrument_id),
    (i) => `/prices/${i}/instrument_id`,
  );
}
