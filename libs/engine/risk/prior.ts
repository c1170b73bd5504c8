/**
 * What stands in for facts that nobody gave (model, section 1). Every use is told in the universe's warnings.
 */

/** volatility of one trading day */
export const PRIOR_VOLATILITY = 0.02;
/** half spread, fraction of the price */
export const PRIOR_HALF_SPREAD = 5e-4;
/** shares */
export const DEFAULT_LOT_SIZE = 1;
/** correlation of any two instruments of which no model knows anything: one common factor */
export const PRIOR_CORRELATION = 0.3;
/** loading of a standardised return on that factor */
export const PRIOR_LOADING = Math.sqrt(PRIOR_CORRELATION);

/** squared length of the mean direction below which the model has no common direction to speak of */
const NO_DIRECTION = 1e-4;

/** The unit vector along the mean direction; where there is none, a new axis behind the model's factors. */
export function priorDirection(mean: Float64Array): Float64Array {
  let square = 0;
  for (const value of mean) square += value * value;
  if (square < NO_DIRECTION) {
    const own = new Float64Array(mean.length + 1);
    own[mean.length] = 1;
    return own;
  }
  const length = Math.sqrt(square);
  return mean.map((value) => value / length);
}

const NAMES_SHOWN = 5;

/** `A, B, C, D, E and 7 more` */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).join(', ');
  return names.length > NAMES_SHOWN ? `${shown} and ${names.length - NAMES_SHOWN} more` : shown;
}

/** `1 instrument (A)`, `3 instruments (A, B, C)` */
export function counted(names: readonly string[]): string {
  return `${names.length} instrument${names.length === 1 ? '' : 's'} (${listed(names)})`;
}
