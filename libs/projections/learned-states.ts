import { PRIOR_LEARNED_STATE, type RecordedEvent } from '#domain';
import { isOfType } from './event-of-type.js';
import type { LearnedStateRow, RowChange } from './row-change.js';

/** `learned_states`: what was proposed, how it was judged, and what is used. */
export function learnedStateRows(event: RecordedEvent): readonly RowChange[] {
  const written = { position: event.position, timestamp: event.recordedAt };
  const changed = (
    row: Omit<Partial<LearnedStateRow>, 'position'> & Pick<LearnedStateRow, 'learned_state_id'>,
  ): RowChange[] =>
    row.learned_state_id === PRIOR_LEARNED_STATE.id
      ? []
      : [{ kind: 'UPDATE', table: 'learned_states', row: { ...row, ...written } }];
  if (isOfType(event, 'learned_state_proposed')) {
    const { state, learned_until, observations } = event.data;
    const { learned_state_id } = state;
    const told = { learned_state_id, status: 'CHALLENGER', proposed_at: event.recordedAt, learned_until, observations };
    return [{ kind: 'UPSERT', table: 'learned_states', row: { ...told, state, test: null, ...written } }];
  }
  if (isOfType(event, 'learned_state_judged')) return changed(event.data);
  if (isOfType(event, 'learned_state_promoted')) {
    const { learned_state_id, replaces, test } = event.data;
    return [
      ...changed({ learned_state_id: replaces, status: 'FORMER' }),
      ...changed({ learned_state_id, status: 'CHAMPION', test }),
    ];
  }
  if (isOfType(event, 'learned_state_reverted')) {
    const { learned_state_id, replaces } = event.data;
    return [
      ...changed({ learned_state_id: replaces, status: 'FORMER' }),
      ...changed({ learned_state_id, status: 'CHAMPION' }),
    ];
  }
  return [];
}
