import { exp2 } from '../../numerics/index.js';
import { ewmaWeights } from '../ewma.js';
import type { ReturnTable } from '../returns.js';

/** days of the plain standard deviation that EWMA volatilities are held against */
const REFERENCE_DAYS = 252;

/** Volatilities of every instrument, forecast for one day after another from the returns before it. */
export class VolatilityPath {
  private readonly squares: Float64Array;
  private readonly weights: Float64Array;
  private readonly decay: number;

  /** @param day the first day that is forecast */
  constructor(
    private readonly table: ReturnTable,
    halfLife: number,
    private day: number,
  ) {
    const { n, days, values, present } = table;
    this.decay = exp2(-1 / halfLife);
    this.squares = new Float64Array(n);
    this.weights = new Float64Array(n);
    const age = ewmaWeights(day, halfLife);
    for (let i = 0; i < n; i++) {
      for (let t = 0, at = i * days; t < day; t++, at++) {
        this.squares[i]! += age[t]! * values[at]! * values[at]!;
        this.weights[i]! += age[t]! * present[at]!;
      }
    }
  }

  /** at least `floor`; NaN without any return before */
  forecasts(floor: number): Float64Array {
    return this.squares.map((squares, i) => Math.max(Math.sqrt(squares / this.weights[i]!), floor));
  }

  /** Variance about 0 of the last 252 days; 0 without a return in them. */
  referenceVariance(instrument: number): number {
    const { days, values, present } = this.table;
    let squares = 0;
    let count = 0;
    for (let t = Math.max(0, this.day - REFERENCE_DAYS); t < this.day; t++) {
      const at = instrument * days + t;
      squares += values[at]! * values[at]!;
      count += present[at]!;
    }
    return count > 0 ? squares / count : 0;
  }

  /** Takes in the day that was forecast. */
  advance(): void {
    const { n, days, values, present } = this.table;
    for (let i = 0; i < n; i++) {
      const at = i * days + this.day;
      this.squares[i] = this.decay * this.squares[i]! + values[at]! * values[at]!;
      this.weights[i] = this.decay * this.weights[i]! + present[at]!;
    }
    this.day += 1;
  }
}
