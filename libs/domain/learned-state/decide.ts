import { judgeChallenger } from '#engine';
import { reject, type Rejection } from '../rejection.js';
import type { LearnedStateEvent, LearnedStateProposed, RecordedPromotionTest } from './events.js';
import { PRIOR_LEARNED_STATE } from './prior.js';

export type LearnedStateCommand =
  | { readonly type: 'propose'; readonly data: LearnedStateProposed['data'] }
  | {
      readonly type: 'judge';
      readonly learned_state_id: string;
      /** out-of-sample utility of the challenger less that of the champion, one a coordination, oldest first */
      readonly differences: readonly number[];
      /** coordinations whose outcomes overlap */
      readonly overlap: number;
      /** tried side by side */
      readonly challengers: number;
    }
  | { readonly type: 'revert'; readonly reason: string };

/** What the stream's events say is believed. */
export interface Champions {
  readonly champion: string;
  /** champions before it, latest last: what a reversal goes back to */
  readonly former: readonly string[];
  /** looks at each proposed state, the champions among them: judged again, one begins where its looks ended */
  readonly looks: ReadonlyMap<string, number>;
}

export const NO_CHAMPIONS: Champions = { champion: PRIOR_LEARNED_STATE.id, former: [], looks: new Map() };

export function evolveChampions(state: Champions, event: LearnedStateEvent): Champions {
  const looks = new Map(state.looks);
  switch (event.type) {
    case 'learned_state_proposed':
      looks.set(event.data.state.learned_state_id, 0);
      return { ...state, looks };
    case 'learned_state_judged':
      looks.set(event.data.learned_state_id, event.data.test.look);
      return { ...state, looks };
    case 'learned_state_promoted':
      looks.set(event.data.learned_state_id, event.data.test.look);
      return { champion: event.data.learned_state_id, former: [...state.former, state.champion], looks };
    case 'learned_state_reverted':
      return { champion: event.data.learned_state_id, former: state.former.slice(0, -1), looks };
  }
}

/**
 * A challenger is promoted by its test alone; every look that does not is recorded, and makes the next one stricter. A state that was
 * proposed already, or a test that comes too early to say anything, changes nothing.
 */
export function decideLearnedState(
  state: Champions,
  command: LearnedStateCommand,
): readonly LearnedStateEvent[] | Rejection {
  switch (command.type) {
    case 'propose': {
      const { learned_state_id } = command.data.state;
      return state.looks.has(learned_state_id) ? [] : [{ type: 'learned_state_proposed', data: command.data }];
    }
    case 'judge':
      return judge(state, command);
    case 'revert': {
      const before = state.former.at(-1);
      if (before === undefined) return reject('NOT_FOUND', 'There is no learned state to go back to.');
      const data = { learned_state_id: before, replaces: state.champion, reason: command.reason };
      return [{ type: 'learned_state_reverted', data }];
    }
  }
}

function judge(
  state: Champions,
  command: Extract<LearnedStateCommand, { readonly type: 'judge' }>,
): readonly LearnedStateEvent[] | Rejection {
  const { learned_state_id, differences, overlap, challengers } = command;
  const looks = state.looks.get(learned_state_id);
  if (looks === undefined || learned_state_id === state.champion) {
    return reject('NOT_FOUND', `No learned state ${learned_state_id} waits for a judgement.`);
  }
  const look = looks + 1;
  const verdict = judgeChallenger({ differences, overlap, look, challengers });
  if (verdict.verdict === 'TOO_EARLY') return [];
  const test: RecordedPromotionTest = {
    verdict: verdict.verdict,
    look,
    blocks: verdict.blocks,
    mean_difference: verdict.meanDifference,
    p_value_t: verdict.pValueT,
    p_value_bootstrap: verdict.pValueBootstrap,
    threshold: verdict.threshold,
  };
  if (verdict.verdict === 'KEEP') return [{ type: 'learned_state_judged', data: { learned_state_id, test } }];
  return [{ type: 'learned_state_promoted', data: { learned_state_id, replaces: state.champion, test } }];
}
