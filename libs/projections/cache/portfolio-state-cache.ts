import type { RecordedEvent } from '#domain';
import { portfolioChangeRows } from '../portfolio-changes.js';
import { isOfType } from '../event-of-type.js';
import type { CacheChange } from './cache-change.js';
import { PORTFOLIO_STATE_KEY } from './cache-keys.js';

const FORGOTTEN: CacheChange = { kind: 'DELETE', ...PORTFOLIO_STATE_KEY };

/** `portfolio_state:current`: the state that was set last, with what happened since; the database folds that. */
export function portfolioStateCache(event: RecordedEvent): readonly CacheChange[] {
  if (portfolioChangeRows(event).length > 0) return [FORGOTTEN];
  if (!isOfType(event, 'portfolio_state_set')) return [];
  return [{ kind: 'SET', ...PORTFOLIO_STATE_KEY, value: event.data.state }];
}
