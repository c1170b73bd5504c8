import { Prices } from '#engine';
import { sampleOutcomes } from '#testing';
import { isRejection } from '../rejection.js';
import { decideOutcomes, decidePostedOutcomes, type PostedOutcome } from './decide.js';
import type { OutcomeEvent } from './events.js';
import { evolveOutcomes, type KnownOutcomes, NO_OUTCOMES } from './evolve.js';
import type { OutcomeSubjects } from './subjects.js';

const DAYS = ['2025-06-23', '2025-06-24', '2025-06-25', '2025-06-26'];
/** Closes of AAPL and MSFT; NaN where there is none. */
const prices = (...closes: (readonly [number, number])[]) =>
  new Prices({
    closeAt: closes.map((_, day) => Date.parse(`${DAYS[day]!}T20:00:00Z`)),
    instruments: ['AAPL', 'MSFT'],
    closes: Float64Array.from(closes.flat()),
  });

const { signals, decisions, refusals, measured_by: _, ...coordination } = sampleOutcomes();
const horizon = { horizon_days: 2 };
const subjects: OutcomeSubjects = {
  coordination,
  signals: [
    { ...without(signals[0]!, 'outcome'), ...horizon },
    { ...without(signals[1]!, 'outcome'), horizon_days: 3 },
  ],
  decisions: [{ ...without(without(decisions[0]!, 'outcome'), 'profit'), ...horizon }],
  refusals: [
    {
      ...without(without(refusals[0]!, 'outcome'), 'cost'),
      horizon_days: 3,
      generated_at: signals[1]!.generated_at,
      would_trade: { quantity: 10, price: 450, costs: 2 },
    },
  ],
};

function without<T extends object, K extends keyof T>(row: T, field: K): Omit<T, K> {
  const { [field]: __, ...rest } = row;
  return rest;
}

const after = (events: readonly OutcomeEvent[], known: KnownOutcomes = NO_OUTCOMES) =>
  events.reduce(evolveOutcomes, known);
const idsOf = (events: readonly OutcomeEvent[]) =>
  events.map(({ type, data }) => [
    type,
    data.signals.map(({ signal_id }) => signal_id),
    data.decisions.map(({ decision_id }) => decision_id),
    data.refusals.map(({ signal_id }) => signal_id),
  ]);

const TWO_DAYS = prices([100, 450], [101, 440], [104, 441]);
const THREE_DAYS = prices([100, 450], [101, 440], [104, 441], [103, 435]);

describe('outcomes', () => {
  it('are told when the horizon has passed, each once', () => {
    expect(decideOutcomes(NO_OUTCOMES, subjects, prices([100, 450], [101, 440]))).toEqual({
      events: [],
      pending: true,
    });
    const first = decideOutcomes(NO_OUTCOMES, subjects, TWO_DAYS);
    expect([idsOf(first.events), first.pending]).toEqual([[['outcomes_measured', ['s1'], ['decision_001'], []]], true]);
    const second = decideOutcomes(after(first.events), subjects, THREE_DAYS);
    expect([idsOf(second.events), second.pending]).toEqual([[['outcomes_measured', ['s2'], [], ['s2']]], false]);
    const last = decideOutcomes(after(second.events, after(first.events)), subjects, THREE_DAYS);
    expect(last).toEqual({ events: [], pending: false });
  });

  it('are the realised return, whether it was right, and what was earned after costs and slippage', () => {
    const [event] = decideOutcomes(NO_OUTCOMES, subjects, THREE_DAYS).events;
    const { signals: told, decisions: decided, refusals: refused } = event!.data;
    expect(told[0]!.outcome).toMatchObject({ status: 'MEASURED', hit: true, entry_price: 100, exit_price: 104 });
    // 100 shares at 199.5 decided, 199.6 paid, 4 % later, 4 of costs
    expect(decided[0]!.profit).toBeCloseTo(100 * 199.5 * 0.04 - 10 - 4, 8);
    // a sale of 10 at 450 would have earned the fall to 435
    expect(refused[0]!.cost).toBeCloseTo(150 - 2, 8);
  });

  it('are told again where a close has changed since, and only those', () => {
    const known = after(decideOutcomes(NO_OUTCOMES, subjects, THREE_DAYS).events);
    const revised = prices([100, 450], [101, 440], [106, 441], [103, 435]);
    const { events } = decideOutcomes(known, subjects, revised);
    expect(idsOf(events)).toEqual([['outcomes_corrected', ['s1'], ['decision_001'], []]]);
    expect(decideOutcomes(after(events, known), subjects, revised).events).toEqual([]);
  });

  it('say so where an instrument stopped trading', () => {
    const gone = [NaN, 450] as const;
    const days = Array.from({ length: 4 }, (): readonly [number, number] => gone);
    const halted = { ...subjects, signals: [subjects.signals[0]!], refusals: [] };
    const { events } = decideOutcomes(NO_OUTCOMES, halted, prices(...days));
    expect(events).toEqual([]);
    const unknown = {
      ...subjects,
      signals: [{ ...subjects.signals[0]!, instrument_id: 'NEWCO' }],
      decisions: [],
      refusals: [],
    };
    const [event] = decideOutcomes(NO_OUTCOMES, unknown, TWO_DAYS).events;
    expect(event!.data.signals[0]!.outcome).toEqual({ status: 'UNMEASURABLE', reason: 'UNKNOWN_INSTRUMENT' });
  });
});

describe('posted outcomes', () => {
  const posted = (...outcomes: PostedOutcome[]) => {
    const decided = decidePostedOutcomes(NO_OUTCOMES, subjects, outcomes);
    if (isRejection(decided)) throw new Error(JSON.stringify(decided.errors));
    return decided;
  };
  const exit_at = '2025-06-30T20:00:00Z';
  const told = { decision_id: 'decision_001', entry_price: 200, exit_price: 210, exit_at };

  it('count for what they name, also against market data that come later', () => {
    const { events, pending } = posted(told);
    expect([idsOf(events), pending]).toEqual([[['outcomes_measured', [], ['decision_001'], []]], true]);
    const later = decideOutcomes(after(events), subjects, THREE_DAYS);
    expect(idsOf(later.events)).toEqual([['outcomes_measured', ['s1', 's2'], [], ['s2']]]);
  });

  it('change nothing when they are told again, and correct when they are told otherwise', () => {
    const known = after(posted(told).events);
    const again = decidePostedOutcomes(known, subjects, [told]);
    expect(again).toMatchObject({ events: [] });
    const otherwise = decidePostedOutcomes(known, subjects, [{ ...told, exit_price: 190 }]);
    expect(isRejection(otherwise) ? [] : idsOf(otherwise.events)).toEqual([
      ['outcomes_corrected', [], ['decision_001'], []],
    ]);
  });

  it.each([
    [[{ ...told, decision_id: 'decision_009' }], '/outcomes/0/decision_id'],
    [[told, { signal_id: 'x', entry_price: 1, exit_price: 1, exit_at }], '/outcomes/1/signal_id'],
    [[{ ...told, signal_id: 's1' }], '/outcomes/0'],
    [[told, told], '/outcomes/1'],
    [[{ ...told, exit_at: '2025-06-01T20:00:00Z' }], '/outcomes/0/exit_at'],
  ])('are refused with the place: %j', (outcomes, pointer) => {
    const decided = decidePostedOutcomes(NO_OUTCOMES, subjects, outcomes);
    expect(isRejection(decided) && decided.errors?.[0]?.pointer).toBe(pointer);
  });
});
