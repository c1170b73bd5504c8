import type { CoordinatedTradingDecision, RecordedEvent } from '#domain';
import { isOfType } from '../event-of-type.js';
import type { CacheChange } from './cache-change.js';
import { RECENT_DECISIONS_LIMIT, recentDecisionsKey } from './cache-keys.js';

/** A decision and where it comes from: its id counts within its coordination only. */
export interface RecentDecision extends CoordinatedTradingDecision {
  readonly coordination_id: string;
  readonly timestamp: string;
}

/** `recent_decisions:{instrument_id}`: the latest decisions on an instrument, newest first. */
export function recentDecisionsCache(event: RecordedEvent): readonly CacheChange[] {
  if (!isOfType(event, 'coordination_completed')) return [];
  const byInstrument = new Map<string, RecentDecision[]>();
  for (const decision of event.data.outcome.decisions) {
    const recent = { coordination_id: event.data.coordination_id, timestamp: event.recordedAt, ...decision };
    byInstrument.set(decision.instrument_id, [...(byInstrument.get(decision.instrument_id) ?? []), recent]);
  }
  return [...byInstrument].map(([instrument, items]) => ({
    kind: 'PREPEND',
    ...recentDecisionsKey(instrument),
    items,
    limit: RECENT_DECISIONS_LIMIT,
  }));
}
