import type pl from 'nodejs-polars';
import type { BarRows } from './bar-rows.js';
import {
  MARK,
  type MarkedBars,
  type Preparer,
  SHIFT_RATIO,
  SPIKE_RATIO,
  SPIKE_RETURN,
  STALE_DAYS,
} from './preparer.js';

type Polars = typeof pl;

/** @throws where the native library of Polars does not load on this machine */
export async function loadPolarsPreparer(): Promise<Preparer> {
  // not at the top of the module: it is native, and everything else works without it
  const { default: polars } = await import('nodejs-polars');
  return {
    name: 'polars',
    countByDay: (rows) => countByDay(polars, rows),
    markBars: (rows, isTradingDay) => markBars(polars, rows, isTradingDay),
  };
}

function countByDay(polars: Polars, { days, day, close }: BarRows): Int32Array {
  const counts = new Int32Array(days.length);
  if (close.length === 0) return counts;
  const frame = polars
    .DataFrame({ day: polars.Series('day', day), close: polars.Series('close', close) })
    .filter(isPrice(polars))
    .groupBy('day')
    .agg(polars.col('close').count().alias('bars'));
  const found = frame.getColumn('day').toArray() as number[];
  const bars = frame.getColumn('bars').toArray() as number[];
  // groups come in any order
  found.forEach((each, at) => (counts[each] = Number(bars[at])));
  return counts;
}

function markBars(polars: Polars, rows: BarRows, isTradingDay: Uint8Array): MarkedBars {
  const { col, lit, when } = polars;
  const empty = {
    instrument: new Int32Array(),
    day: new Int32Array(),
    close: new Float64Array(),
    mark: new Uint8Array(),
  };
  if (rows.close.length === 0) return empty;
  const { key, inOrder, traded } = keysOf(rows, isTradingDay);
  const everything = polars.DataFrame({
    key: polars.Series('key', key),
    instrument: polars.Series('instrument', rows.instrument),
    day: polars.Series('day', rows.day),
    close: polars.Series('close', rows.close),
    traded: polars.Series('traded', traded),
  });
  const open = everything.filter(isPrice(polars).and(col('traded').eq(lit(1))));
  const bars = inOrder ? open : open.sort('key');
  if (bars.height === 0) return empty;
  const [close, before, after] = [col('close'), col('before'), col('after')];
  const [up, down, net] = [close.div(before), after.div(close), after.div(before)];
  const far = up.gt(SHIFT_RATIO).or(up.lt(1 / SHIFT_RATIO));
  const thereAndBack = up
    .gt(SPIKE_RATIO)
    .and(down.lt(1 / SPIKE_RATIO))
    .or(up.lt(1 / SPIKE_RATIO).and(down.gt(SPIKE_RATIO)));
  // of the bar before or after, where that is of the same instrument: in sorted rows far quicker than a window a group
  const neighbour = (of: pl.Expr, rows: 1 | -1) =>
    when(col('instrument').eq(col('instrument').shift(rows)))
      .then(of.shift(rows))
      .otherwise(lit(null));
  const judged = bars
    .withColumns(neighbour(close, 1).alias('before'), neighbour(close, -1).alias('after'))
    .withColumns(
      thereAndBack
        .and(net.gt(1 / SPIKE_RETURN))
        .and(net.lt(SPIKE_RETURN))
        .fillNull(lit(false))
        .alias('spike'),
      far.fillNull(lit(false)).alias('far'),
      // a run of equal closes begins wherever the close is another one, and with every instrument
      close.neq(before).fillNull(lit(true)).alias('moved'),
    )
    .withColumns(
      neighbour(col('spike'), 1).fillNull(lit(false)).alias('afterSpike'),
      col('moved').cast(polars.Int32).cumSum().alias('run'),
    );
  const longRuns = judged
    .filter(col('moved').eq(lit(false)))
    .groupBy('run')
    .agg(col('day').count().alias('days'))
    .filter(col('days').gtEq(lit(STALE_DAYS)))
    .getColumn('run')
    .toArray() as number[];
  const marked = judged.select(
    col('instrument'),
    col('day'),
    close,
    when(col('spike'))
      .then(lit(MARK.spike))
      .when(
        col('far')
          .and(col('afterSpike').eq(lit(false)))
          .and(after.isNotNull()),
      )
      .then(lit(MARK.levelShift))
      .when(col('far').and(col('afterSpike').eq(lit(false))))
      .then(lit(MARK.unconfirmed))
      .when(col('moved').eq(lit(false)).and(col('run').isIn(longRuns)))
      .then(lit(MARK.stale))
      .otherwise(lit(MARK.none))
      .cast(polars.Int32)
      .alias('mark'),
  );
  const numbers = (name: string) => marked.getColumn(name).toTypedArray() as Int32Array | Float64Array;
  // copies: what Polars lends lives no longer than its frame
  return {
    instrument: new Int32Array(numbers('instrument')),
    day: new Int32Array(numbers('day')),
    close: new Float64Array(numbers('close')),
    mark: new Uint8Array(numbers('mark')),
  };
}

/** One integer to sort by instead of two, whether the rows are sorted already, and whether each is of a trading day. */
function keysOf({ instrument, day, days }: BarRows, isTradingDay: Uint8Array) {
  const key = new Int32Array(day.length);
  const traded = new Int32Array(day.length);
  let inOrder = true;
  for (let row = 0; row < key.length; row++) {
    key[row] = (instrument[row] as number) * days.length + (day[row] as number);
    traded[row] = isTradingDay[day[row] as number] as number;
    if (row > 0 && (key[row] as number) < (key[row - 1] as number)) inOrder = false;
  }
  return { key, inOrder, traded };
}

const isPrice = ({ col, lit }: Polars) =>
  col('close')
    .gt(lit(0))
    .and(col('close').lt(lit(Infinity)));
