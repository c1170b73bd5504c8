import type { CoordinationInput } from '#engine';
import type { RandomStream } from '../generated/random-stream.js';
import { type Book, bookOf, type CheckedLimit, type LimitChecker } from './limit-checker.js';

/** An order as whoever fills it sees it. */
export interface FillableOrder {
  readonly id: string;
  readonly instrumentId: string;
  /** signed shares */
  readonly quantity: number;
  readonly dependsOn: readonly string[];
  /** spread, fee and impact of the whole order, money; a part costs no more than its part of it */
  readonly cost: number;
}

/** A limit that fills have broken, and after what. */
export interface BrokenOnTheWay extends CheckedLimit {
  readonly fills: readonly string[];
}

/**
 * Fills orders in any order and in any parts that their dependencies allow, as badly as it can: mostly the open order that
 * raises a chosen limit the most. Null where no limit breaks that the start does not.
 */
export function fillAdversely(
  checker: LimitChecker,
  input: CoordinationInput,
  orders: readonly FillableOrder[],
  random: RandomStream,
): BrokenOnTheWay | null {
  const start = bookOf(input);
  const limits = checker.limitsAt(start).map(({ name }) => name);
  const target = random.pick(limits.filter((name) => !name.startsWith('position')));
  const filled = new Map<string, number>();
  const fills: string[] = [];
  let book = start;
  const valueAfter = (order: FillableOrder): number => {
    const after = fill(checker, book, order, order.quantity - (filled.get(order.id) ?? 0));
    return checker.limitsAt(after).find(({ name }) => name === target)?.value ?? -Infinity;
  };
  for (;;) {
    const open = orders.filter(
      ({ id, quantity, dependsOn }) =>
        filled.get(id) !== quantity &&
        dependsOn.every((need) => filled.get(need) === orders.find((each) => each.id === need)!.quantity),
    );
    if (open.length === 0) return null;
    const values = open.map(valueAfter);
    const worst = open[values.indexOf(Math.max(...values))]!;
    const next = random.chance(0.7) ? worst : random.pick(open);
    const left = next.quantity - (filled.get(next.id) ?? 0);
    const part = random.chance(0.6) ? left : Math.sign(left) * Math.ceil(Math.abs(left) * random.uniform());
    book = fill(checker, book, next, part);
    filled.set(next.id, (filled.get(next.id) ?? 0) + part);
    fills.push(`${next.instrumentId} ${part}`);
    const [broken] = checker.brokenSince(start, book);
    if (broken !== undefined) return { ...broken, fills };
  }
}

function fill(checker: LimitChecker, { shares, cash }: Book, order: FillableOrder, quantity: number): Book {
  const after = new Map(shares);
  after.set(order.instrumentId, (after.get(order.instrumentId) ?? 0) + quantity);
  const cost = order.cost * (quantity / order.quantity);
  return { shares: after, cash: cash - quantity * checker.priceOf(order.instrumentId) - cost };
}
