import { isRejection } from '../rejection.js';
import { decideLearnedState, evolveChampions, type LearnedStateCommand, NO_CHAMPIONS } from './decide.js';
import type { LearnedStateEvent, LearnedStateProposed } from './events.js';

const proposal = (learned_state_id: string): LearnedStateProposed => ({
  type: 'learned_state_proposed',
  data: {
    state: { learned_state_id, reliabilities: [], regime_multipliers: [], error_correlations: [] },
    learned_until: '2025-06-20T21:00:00.000Z',
    observations: 1000,
  },
});
/** around a mean, the same each time */
const around = (mean: number, count = 60): number[] =>
  Array.from({ length: count }, (_, i) => mean + (((i * 37) % 11) - 5) / 5);
const judge = (learned_state_id: string, differences: readonly number[]): LearnedStateCommand => ({
  type: 'judge',
  learned_state_id,
  differences,
  overlap: 1,
  challengers: 1,
});

function given(events: readonly LearnedStateEvent[]) {
  const state = events.reduce(evolveChampions, NO_CHAMPIONS);
  const when = (command: LearnedStateCommand) => decideLearnedState(state, command);
  return {
    state,
    when,
    /** with what is decided appended */
    after: (command: LearnedStateCommand) => {
      const decided = when(command);
      if (isRejection(decided)) throw new Error(decided.message);
      return given([...events, ...decided]);
    },
  };
}

describe('a learned state', () => {
  it('is proposed once, and not believed before it was judged', () => {
    const command = { type: 'propose', data: proposal('a').data } as const;
    expect(given([]).when(command)).toEqual([proposal('a')]);
    expect(given([proposal('a')]).when(command)).toEqual([]);
    expect(given([proposal('a')]).state.champion).toBe('prior');
  });

  it('becomes the champion by its test, and names what it replaces', () => {
    const [event] = given([proposal('a')]).when(judge('a', around(2))) as LearnedStateEvent[];
    expect(event).toMatchObject({
      type: 'learned_state_promoted',
      data: { learned_state_id: 'a', replaces: 'prior', test: { verdict: 'PROMOTE', look: 1, blocks: 60 } },
    });
    expect(given([proposal('a'), event!]).state).toMatchObject({ champion: 'a', former: ['prior'] });
  });

  it('that is no better is kept waiting, and every look makes the next one stricter', () => {
    const once = given([proposal('a')]).after(judge('a', around(0)));
    expect(once.state.champion).toBe('prior');
    const [second] = once.when(judge('a', around(0))) as LearnedStateEvent[];
    const [first] = given([proposal('a')]).when(judge('a', around(0))) as LearnedStateEvent[];
    if (first?.type !== 'learned_state_judged' || second?.type !== 'learned_state_judged')
      throw new Error('not judged');
    expect([first.data.test.look, second.data.test.look]).toEqual([1, 2]);
    expect(second.data.test.threshold).toBeCloseTo(first.data.test.threshold / 4, 15);
  });

  it('is not looked at too early, nor without having been proposed', () => {
    expect(given([proposal('a')]).when(judge('a', around(2, 5)))).toEqual([]);
    expect(isRejection(given([]).when(judge('a', around(2))))).toBe(true);
    const champion = given([proposal('a')]).after(judge('a', around(2)));
    expect(isRejection(champion.when(judge('a', around(2))))).toBe(true);
  });

  it('is taken back to the one before, as often as there is one', () => {
    const promoted = given([proposal('a'), proposal('b')])
      .after(judge('a', around(2)))
      .after(judge('b', around(2)));
    expect(promoted.state).toMatchObject({ champion: 'b', former: ['prior', 'a'] });
    const once = promoted.after({ type: 'revert', reason: 'drawdown' });
    expect(once.state).toMatchObject({ champion: 'a', former: ['prior'] });
    const twice = once.after({ type: 'revert', reason: 'drawdown' });
    expect(twice.state.champion).toBe('prior');
    expect(isRejection(twice.when({ type: 'revert', reason: 'again' }))).toBe(true);
    // and may be judged again, no easier than before
    expect(twice.state.looks.get('b')).toBe(1);
  });
});
