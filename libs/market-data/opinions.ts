/** What a source thinks of one instrument: positive is bullish. */
export interface Opinion {
  /** index of the instrument */
  readonly instrument: number;
  readonly score: number;
}

/** one bearish opinion in this many on instruments that are not held is sent all the same, as real sources do */
const BEARISH_NOT_HELD_EVERY = 8;

/**
 * The `count` strongest of a source's opinions, by the size of the score: bullish ones on anything, bearish ones on what
 * is held and only now and then on what is not. Scores that are NaN are no opinion.
 */
export function strongestOpinions(scores: readonly number[], isHeld: readonly boolean[], count: number): Opinion[] {
  const ranked = scores
    .map((score, instrument): Opinion => ({ instrument, score }))
    .filter(({ score }) => !Number.isNaN(score));
  ranked.sort((a, b) => Math.abs(b.score) - Math.abs(a.score) || a.instrument - b.instrument);
  let bearishNotHeld = 0;
  return ranked
    .filter(({ instrument, score }) => {
      if (score > 0 || isHeld[instrument] === true) return true;
      bearishNotHeld += 1;
      return bearishNotHeld % BEARISH_NOT_HELD_EVERY === 1;
    })
    .slice(0, count);
}

/** (x - mean) / standard deviation over the values that are not NaN; NaN stays NaN, and values without spread become 0. */
export function standardised(values: readonly number[]): number[] {
  const known = values.filter((value) => !Number.isNaN(value));
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const variance = known.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / known.length;
  if (variance === 0) return values.map((value) => value - value);
  return values.map((value) => (value - mean) / Math.sqrt(variance));
}
