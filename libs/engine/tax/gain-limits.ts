import type { CoordinationInput } from '../input.js';
import type { HoldingTerm } from './holding-period.js';
import type { TaxSchedule } from './tax-schedule.js';

/** A maximum of net gains realised. Amounts are fractions of NAV. */
export interface GainLimit {
  /** `gains:short_term`, `gains:long_term`, `gains:total` */
  readonly name: string;
  readonly terms: readonly HoldingTerm[];
  /** as the budget states it */
  readonly stated: number;
  /** realised before this coordination */
  readonly before: number;
  /** what this coordination may add: nothing where the budget is used up */
  readonly room: number;
}

/** Utility per unit of net gain, one for each limit, in their order. */
export type GainPrices = readonly number[];

export function gainLimits({ parameters, tax }: Pick<CoordinationInput, 'parameters' | 'tax'>, nav: number) {
  const budget = parameters.tax.gainBudget ?? {};
  const { shortTerm = 0, longTerm = 0 } = tax?.realisedToDate ?? {};
  const limits: GainLimit[] = [];
  const add = (name: string, terms: readonly HoldingTerm[], stated: number | undefined, before: number): void => {
    if (stated === undefined) return;
    limits.push({ name, terms, stated: stated / nav, before: before / nav, room: Math.max(0, stated - before) / nav });
  };
  add('gains:short_term', ['SHORT'], budget.shortTerm, shortTerm);
  add('gains:long_term', ['LONG'], budget.longTerm, longTerm);
  add('gains:total', ['SHORT', 'LONG'], budget.total, shortTerm + longTerm);
  return limits;
}

export function coversTerm({ terms }: GainLimit, term: HoldingTerm): boolean {
  return terms.includes(term);
}

/** What a sale uses of a limit, in shares' worth. */
export function gainUsed({ terms }: GainLimit, schedule: TaxSchedule, quantity: number): number {
  let used = 0;
  for (const term of terms) used += schedule.gain(quantity, term);
  return used;
}
