import { outcomesCorrected, outcomesMeasured, sampleOutcomes } from '#testing';
import type { RowChange } from './row-change.js';
import { rowChanges } from './read-models.js';

const rowsOf = (changes: readonly RowChange[], table: RowChange['table']) =>
  changes.filter((change) => change.table === table).map(({ row }) => row as Record<string, unknown>);
const decision = (over: object) => {
  const sample = sampleOutcomes();
  return { ...sample, decisions: [{ ...sample.decisions[0]!, ...over }] };
};
const profitsOf = (over: object) =>
  rowsOf(rowChanges(outcomesMeasured({ position: 1n }, decision(over))), 'attributed_profits_ts');

describe('outcomes', () => {
  it('are a row a signal, a decision and a refusal, those that cannot be measured with nothing realised', () => {
    const changes = rowChanges(outcomesMeasured({ position: 1n }));
    expect(rowsOf(changes, 'signal_outcomes_ts')).toMatchObject([
      { signal_id: 's1', source: 'momentum', strategy: 'trend', realised_alpha: 0.015, hit: true, accepted: true },
      { signal_id: 's2', source: 'reversal', strategy: null, realised_alpha: null, hit: null, exit_at: null },
    ]);
    expect(rowsOf(changes, 'decision_outcomes_ts')).toMatchObject([{ decision_id: 'decision_001', profit: 395 }]);
    expect(rowsOf(changes, 'refusal_outcomes_ts')).toMatchObject([
      { signal_id: 's2', reason_code: 'NOT_HELD', cost: null },
    ]);
  });

  it('are replaced by their correction: the same keys', () => {
    const keys = (changes: readonly RowChange[]) =>
      changes.map(({ table, row }) => {
        const { decided_at, coordination_id, signal_id, decision_id, ordinal } = row as Record<string, unknown>;
        return [table, decided_at, coordination_id, signal_id ?? decision_id, ordinal];
      });
    expect(keys(rowChanges(outcomesCorrected({ position: 2n })))).toEqual(
      keys(rowChanges(outcomesMeasured({ position: 1n }))),
    );
  });

  it('share the profit of a decision as the signals shared its expected return: the parts add up to it', () => {
    const shares = [
      { source: 'momentum', alpha: 0.012 },
      { source: 'news', strategy: 'fast', alpha: -0.002 },
    ];
    const [first, second, ...rest] = profitsOf({ shares });
    expect(rest).toEqual([]);
    expect([first!['source'], second!['source'], second!['strategy']]).toEqual(['momentum', 'news', 'fast']);
    const total = (row: Record<string, unknown>) =>
      ['selection', 'timing', 'execution', 'costs'].reduce((sum, part) => sum + (row[part] as number), 0);
    // 100 shares at 199.5, 2 % of it, less 0.1 of slippage a share, less 4
    expect(total(first!) + total(second!)).toBeCloseTo(100 * 199.5 * 0.02 - 10 - 4, 9);
    expect(total(second!) / total(first!)).toBeCloseTo(-1 / 6, 9);
  });

  it('name what signals on other instruments had in it', () => {
    const [own, others] = profitsOf({ alpha: 0.0125 });
    expect([own!['source'], others!['source']]).toEqual(['momentum', '(signals on other instruments)']);
    expect((others!['selection'] as number) / (own!['selection'] as number)).toBeCloseTo(0.25, 12);
  });

  it.each([
    ['no signal asked for', { shares: [], alpha: 0 }],
    ['the signals spoke against', { action: 'SELL' }],
  ])('give what %s a name of its own', (_, over) => {
    expect(profitsOf(over)).toMatchObject([{ ordinal: 1, source: '(no signal: limits, rebalancing, hedges)' }]);
  });
});
