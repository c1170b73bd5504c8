import type { RecordedEvent } from '#domain';
import { isOfType } from '../event-of-type.js';
import type { CacheChange } from './cache-change.js';
import { PORTFOLIO_STATE_KEY } from './cache-keys.js';

/** `portfolio_state:current`: the state that was set last. */
export function portfolioStateCache(event: RecordedEvent): readonly CacheChange[] {
  if (!isOfType(event, 'portfolio_state_set')) return [];
  return [{ kind: 'SET', ...PORTFOLIO_STATE_KEY, value: event.data.state }];
}
