import type { BarRows } from './bar-rows.js';
import { openPreparer } from './open-preparer.js';
import { loadPolarsPreparer } from './polars-preparer.js';
import { MARK, type Preparer } from './preparer.js';
import { typescriptPreparer } from './typescript-preparer.js';

const rowsOf = (closes: Readonly<Record<string, readonly (number | null)[]>>): BarRows => {
  const instruments = Object.keys(closes).sort();
  const span = Math.max(...Object.values(closes).map((each) => each.length));
  const cells = instruments.flatMap((id, i) => (closes[id] ?? []).map((close, day) => ({ i, day, close })));
  const bars = cells.filter(({ close }) => close !== null);
  return {
    instruments,
    days: Array.from({ length: span }, (_, t) => `2025-01-${String(t + 1).padStart(2, '0')}`),
    instrument: Int32Array.from(bars, ({ i }) => i),
    day: Int32Array.from(bars, ({ day }) => day),
    close: Float64Array.from(bars, ({ close }) => close as number),
  };
};
const everyDay = ({ days }: BarRows) => new Uint8Array(days.length).fill(1);

/** deterministic noise with spikes, shifts, stale stretches and gaps */
function faulty(instruments: number, days: number): BarRows {
  let state = 99;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4294967296;
  const closes: Record<string, (number | null)[]> = {};
  for (let i = 0; i < instruments; i++) {
    let price = 10 + 90 * next();
    closes[`I${String(i).padStart(3, '0')}`] = Array.from({ length: days }, (_, t) => {
      const kind = next();
      if (i % 7 === 0 && t === days - 1) return price * 9;
      if (kind > (i % 5 === 0 ? 0.9 : 0.3)) price *= 0.97 + 0.06 * next();
      if (kind < 0.003) price *= 8 * next();
      if (kind > 0.995) return price * 20 * next();
      return kind > 0.98 ? null : kind > 0.975 ? 0 : kind > 0.97 ? Infinity : price;
    });
  }
  return rowsOf(closes);
}

function shuffled(rows: BarRows): BarRows {
  let state = 5;
  const order = Array.from(rows.close.keys());
  for (let i = order.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = state % (i + 1);
    [order[i], order[j]] = [order[j] as number, order[i] as number];
  }
  return {
    ...rows,
    instrument: Int32Array.from(order, (at) => rows.instrument[at] as number),
    day: Int32Array.from(order, (at) => rows.day[at] as number),
    close: Float64Array.from(order, (at) => rows.close[at] as number),
  };
}

describe.each([
  ['Polars', loadPolarsPreparer],
  ['TypeScript', () => Promise.resolve(typescriptPreparer)],
])('preparation by %s', (_, open) => {
  let preparer: Preparer;
  beforeAll(async () => void (preparer = await open()));
  const marks = (closes: (number | null)[]) => {
    const rows = rowsOf({ A: closes });
    return Array.from(preparer.markBars(rows, everyDay(rows)).mark);
  };

  it('marks a price that is off by ten times for one day and back', () => {
    expect(marks([50, 51, 510, 50.5, 51])).toEqual([0, 0, MARK.spike, 0, 0]);
    expect(marks([50, 51, 5.1, 50.5, 51])).toEqual([0, 0, MARK.spike, 0, 0]);
    // across a missing day, and a 2:1 split that was applied for one day
    expect(marks([50, null, 500, null, 50])).toEqual([0, MARK.spike, 0]);
    expect(marks([50, 25, 50])).toEqual([0, MARK.spike, 0]);
  });

  it('leaves a crash and a rally alone', () => {
    expect(marks([50, 20, 22, 21])).toEqual([0, 0, 0, 0]);
    expect(marks([50, 100, 75, 80])).toEqual([0, 0, 0, 0]);
    expect(marks([50, 20])).toEqual([0, 0]);
  });

  it('marks what is beyond five times and stays, and what nobody knows yet', () => {
    expect(marks([50, 5, 5.1, 5])).toEqual([0, MARK.levelShift, 0, 0]);
    expect(marks([50, 51, 510, 512, 52])).toEqual([0, 0, MARK.levelShift, 0, MARK.unconfirmed]);
    expect(marks([50, 51, 510])).toEqual([0, 0, MARK.unconfirmed]);
  });

  it('marks a close from the tenth day on which it did not move', () => {
    const still = (days: number) => [49, ...new Array<number>(days + 1).fill(50), 51];
    expect(marks(still(9))).toEqual(new Array(12).fill(0));
    expect(marks(still(10))).toEqual([0, 0, ...new Array<number>(10).fill(MARK.stale), 0]);
  });

  it('does not look from one instrument into the next', () => {
    const rows = rowsOf({ A: [50, 51, 500], B: [50, 51, 50], C: new Array<number>(8).fill(50) });
    expect(Array.from(preparer.markBars(rows, everyDay(rows)).mark).slice(0, 6)).toEqual([
      0,
      0,
      MARK.unconfirmed,
      0,
      0,
      0,
    ]);
  });

  it('sorts, and leaves out other days and what is no price', () => {
    const rows = rowsOf({ B: [1, 0, 3], A: [-4, 5, Infinity] });
    const marked = preparer.markBars(shuffled(rows), Uint8Array.of(1, 1, 0));
    expect([marked.instrument, marked.day, marked.close].map((column) => Array.from(column))).toEqual([
      [0, 1],
      [1, 0],
      [5, 1],
    ]);
    expect(Array.from(preparer.countByDay(rows))).toEqual([1, 1, 1]);
  });

  it('gives the bits of its twin, for rows in any order', () => {
    const rows = faulty(30, 400);
    const open = Uint8Array.from(rows.days, (__, t) => (t % 29 === 3 ? 0 : 1));
    const expected = typescriptPreparer.markBars(rows, open);
    expect(new Set(expected.mark)).toEqual(new Set([0, 1, 2, 3, 4]));
    expect(preparer.markBars(rows, open)).toEqual(expected);
    expect(preparer.markBars(shuffled(rows), open)).toEqual(expected);
    expect(preparer.countByDay(shuffled(rows))).toEqual(typescriptPreparer.countByDay(rows));
  });

  it('takes nothing at all', () => {
    const rows = {
      instruments: [],
      days: [],
      instrument: new Int32Array(),
      day: new Int32Array(),
      close: new Float64Array(),
    };
    expect(preparer.markBars(rows, new Uint8Array()).close).toHaveLength(0);
    expect(preparer.countByDay(rows)).toHaveLength(0);
    const unpriced = rowsOf({ A: [0, -1] });
    expect(preparer.markBars(unpriced, everyDay(unpriced)).close).toHaveLength(0);
  });
});

describe('a machine without Polars', () => {
  it('is served by the twin, and told why', async () => {
    const { preparer, notice } = await openPreparer(() => Promise.reject(new Error('invalid ELF header\nat ...')));
    expect(preparer.name).toBe('typescript');
    expect(notice).toBe('Polars does not load here, its twin prepares the data: invalid ELF header');
    expect((await openPreparer()).notice).toBeNull();
  });
});
