import type { FieldError } from '#domain';
import { repeats } from './repeats.js';

interface Named {
  readonly instrument_id: string;
}

export const instrumentListRules = (instruments: readonly Named[]): readonly FieldError[] =>
  repeats(
    instruments.map((instrument) => instrument.instrument_id),
    (i) => `/${i}/instrument_id`,
  );

/** A split changes prices and volumes, a distribution prices alone: one object says one of them. */
export function priceAdjustmentRules(
  adjustments: readonly (Named & { readonly ratio?: number; readonly price_factor?: number })[],
): readonly FieldError[] {
  return adjustments.flatMap(({ ratio, price_factor }, i) => {
    const accepted = 'either ratio or price_factor';
    if (ratio === undefined && price_factor === undefined) {
      return [{ pointer: `/${i}/ratio`, message: 'is required where price_factor is not given', accepted }];
    }
    if (ratio !== undefined && price_factor !== undefined) {
      return [{ pointer: `/${i}/price_factor`, message: 'cannot be given together with ratio', accepted }];
    }
    return [];
  });
}
