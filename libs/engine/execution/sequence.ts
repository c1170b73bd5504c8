import type { Mandate } from '../optimisation/mandate.js';
import { FillBounds, type LimitName } from './fill-bounds.js';

/** In which order instruments trade. */
export interface Sequence {
  /** instruments that trade, the most important first, each after the ones it depends on */
  readonly order: readonly number[];
  /** by instrument: the orders that must have filled before its own may start, without those that these depend on themselves */
  readonly dependsOn: ReadonlyMap<number, readonly number[]>;
  /** orders that no sequence of whole orders keeps within a limit on the way, though the end keeps it */
  readonly unsafe: readonly UnsafeOrder[];
}

interface UnsafeOrder {
  readonly instrument: number;
  readonly limit: LimitName;
}

/**
 * Orders by the utility that would be lost without them, the cure of a broken position limit first, with those that an
 * order needs before it: whatever part of the orders has filled, each only after what it depends on, cash is not below the
 * buffer, and no limit of the portfolio is broken beyond the state at the start. What may fill together is decided by
 * `FillBounds`: an order that does not fit waits for sales (in general: for orders that make room), the most important ones first, and
 * where none makes room, for all orders before it.
 *
 * @param trades signed shares, length n
 * @param losses utility lost if the trade were dropped, length n
 */
export function sequenceTrades(mandate: Mandate, trades: Float64Array, losses: Float64Array): Sequence {
  const curing = new Set(mandate.broken.filter(({ kind }) => kind === 'position').map(({ index }) => index));
  const traded = [...trades.keys()].filter((i) => trades[i] !== 0);
  traded.sort((a, b) => Number(curing.has(b)) - Number(curing.has(a)) || losses[b]! - losses[a]! || a - b);
  const sequencer = new Sequencer(new FillBounds(mandate, trades), traded);
  return sequencer.run();
}

class Sequencer {
  private readonly order: number[] = [];
  private readonly unsafe: UnsafeOrder[] = [];

  constructor(
    private readonly bounds: FillBounds,
    private readonly traded: readonly number[],
  ) {}

  run(): Sequence {
    let waiting = this.traded;
    while (waiting.length > 0) {
      const left = waiting.filter((i) => !this.bounds.isPlaced(i) && !this.tryPlace(i));
      if (left.length === waiting.length) this.placeUnsafely(left[0]!);
      waiting = left.filter((i) => !this.bounds.isPlaced(i));
    }
    return { order: this.order, dependsOn: this.dependencies(), unsafe: this.unsafe };
  }

  /** Places an order, after as many others as it takes. */
  private tryPlace(i: number): boolean {
    for (;;) {
      const limit = this.bounds.place(i);
      if (limit === null) break;
      if (!this.requireRelief(i, limit)) return false;
    }
    this.order.push(i);
    return true;
  }

  /** Makes the most important order that makes room under the limit a required one; else, for risk, any that is placed. */
  private requireRelief(i: number, limit: LimitName): boolean {
    const required = new Set(this.bounds.required);
    const free = this.traded.filter((each) => each !== i && !required.has(each));
    for (const relief of free) {
      if (!this.bounds.relieves(relief, limit)) continue;
      if (!this.bounds.isPlaced(relief)) {
        if (this.bounds.place(relief) !== null) continue;
        this.order.push(relief);
      }
      this.bounds.require(relief);
      return true;
    }
    // one after the other nothing is left to chance
    const next = limit === 'risk' ? free.find((each) => this.bounds.isPlaced(each)) : undefined;
    if (next === undefined) return false;
    this.bounds.require(next);
    return true;
  }

  /** Two orders may each break a limit without the other: then the first goes before the second, and the caller is told. */
  private placeUnsafely(i: number): void {
    const limit = this.bounds.place(i);
    if (limit !== null) {
      this.bounds.placeLast(i);
      this.unsafe.push({ instrument: i, limit });
    }
    this.order.push(i);
  }

  private dependencies(): Map<number, readonly number[]> {
    const dependsOn = new Map<number, readonly number[]>();
    for (const i of this.order) {
      const all = this.bounds.requiredOf(i);
      const implied = new Set(all.flatMap((each) => this.bounds.requiredOf(each)));
      const direct = all.filter((each) => !implied.has(each));
      if (direct.length > 0) dependsOn.set(i, direct);
    }
    return dependsOn;
  }
}
