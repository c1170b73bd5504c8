import fc from 'fast-check';
import type { GainLimit } from './gain-limits.js';
import { alongPieces, gainOfPiece, salePieces } from './sale-pieces.js';
import type { SellableLot } from './sellable-lots.js';
import { TaxSchedule } from './tax-schedule.js';

const TOTAL: GainLimit = { name: 'gains:total', terms: ['SHORT', 'LONG'], stated: 1, before: 0, room: 1 };

const anyLot = fc.record({
  quantity: fc.integer({ min: 1, max: 30 }),
  gain: fc.integer({ min: -50, max: 90 }).map((percent) => percent / 100),
  rate: fc.constantFrom(0.15, 0.37),
});
const anySchedule = fc.array(anyLot, { minLength: 1, maxLength: 6 }).map(
  (lots) =>
    new TaxSchedule(
      lots.map(({ quantity, gain, rate }, l): SellableLot => ({
        lotId: `l${l}`,
        quantity,
        acquiredAt: l,
        term: rate > 0.2 ? 'SHORT' : 'LONG',
        gain,
        disallowed: 0,
        tax: rate * gain,
      })),
    ),
);

describe('what selling costs the objective, in pieces', () => {
  it('is the convex envelope: increasing, nowhere above the cost, and it meets the cost where its pieces end', () => {
    fc.assert(
      fc.property(
        anySchedule,
        fc.integer({ min: 0, max: 20 }).map((price) => price / 10),
        fc.integer({ min: 1, max: 100 }),
        (schedule, price, part) => {
          const held = schedule.lots.reduce((sum, { quantity }) => sum + quantity, 0);
          const most = (held * part) / 100;
          const cost = (q: number): number =>
            1.5 * schedule.tax(q) + price * (schedule.gain(q, 'SHORT') + schedule.gain(q, 'LONG'));
          const pieces = salePieces(schedule, 1.5, [TOTAL], [price], most);
          for (let p = 1; p < pieces.length; p += 1) expect(pieces[p]!.rate).toBeGreaterThan(pieces[p - 1]!.rate);
          const envelope = (q: number): number => alongPieces(pieces, q, ({ rate }) => rate);
          for (let step = 0; step <= 40; step += 1) {
            const q = (most * step) / 40;
            expect(envelope(q)).toBeLessThanOrEqual(cost(q) + 1e-9);
            const parts = alongPieces(pieces, q, (piece) => 1.5 * piece.tax + price * gainOfPiece(TOTAL, piece));
            expect(parts).toBeCloseTo(envelope(q), 9);
          }
          let end = 0;
          for (const { quantity } of pieces) {
            end = Math.min(most, end + quantity);
            expect(envelope(end)).toBeCloseTo(cost(end), 9);
          }
        },
      ),
      { numRuns: 300, seed: 4 },
    );
  });

  it('is the cost itself where the lots follow each other by what they cost', () => {
    const lots = [-0.1, 0.02, 0.3].map((gain, l): SellableLot => {
      return { lotId: `l${l}`, quantity: 10, acquiredAt: l, term: 'SHORT', gain, disallowed: 0, tax: 0.4 * gain };
    });
    const pieces = salePieces(new TaxSchedule(lots), 1, [], [], 15);
    expect(pieces.map(({ quantity, rate }) => [quantity, rate])).toEqual(lots.map(({ tax }) => [10, tax]));
  });
});
