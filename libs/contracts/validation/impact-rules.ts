import type { FieldError, ImpactRequest } from '#domain';
import { coordinationRequestRules } from './coordination-request-rules.js';
import { repeats } from './repeats.js';

/** What a schema cannot say of a request that fits it. */
export function impactRules({ trades, ...request }: ImpactRequest): readonly FieldError[] {
  return [
    ...coordinationRequestRules({ ...request, signals: [] }),
    ...repeats(
      trades.map((trade) => trade.instrument_id),
      (i) => `/trades/${i}/instrument_id`,
    ),
  ];
}
