import { exp, ln, sum } from '../numerics/index.js';

export interface ExpertReport {
  readonly expert: string;
  /** rounds with feedback in which it was awake */
  readonly rounds: number;
  /** loss of the mixture less its own over those rounds */
  readonly regret: number;
}

export interface ExpertsReport {
  readonly rounds: number;
  /** mean loss of the mixture */
  readonly meanLoss: number;
  readonly experts: readonly ExpertReport[];
  /** every regret stays below it, whatever the losses: (model, docs/adr 22) */
  readonly regretBound: number;
  /** largest number of rounds that waited for feedback at once, plus one: copies of the learner that were needed */
  readonly copies: number;
}

/**
 * Mixture of experts that may sleep, and whose losses come late.
 *
 * Sleeping: an expert that is asleep is charged the mixture's own loss (Chernov and Vovk 2009), so that its regret is counted over the rounds in which it was
 * awake. Learning: AdaHedge (de Rooij, van Erven, Grunwald and Koolen 2014), which needs no rate: its regret is at most 2 sqrt(V ln K) + (4/3) ln K + 2
 * for losses in [0, 1], V the summed variance of the losses under its weights, at most a quarter of the rounds.
 * Delay: a round is given to a copy of the learner that waits for nothing (Joulani, Gyorgy and Szepesvari 2013), so that the bound is the sum of those of the
 * copies: with D rounds outstanding it grows by sqrt(D + 1).
 */
export class SleepingExperts {
  private readonly copies: AdaHedge[] = [];
  private readonly open = new Map<string, { readonly copy: number; readonly awake: readonly number[] }>();
  private readonly index: ReadonlyMap<string, number>;
  private readonly regrets: Float64Array;
  private readonly awakeRounds: Int32Array;
  private rounds = 0;
  private loss = 0;

  constructor(private readonly experts: readonly string[]) {
    this.index = new Map(experts.map((expert, i) => [expert, i]));
    this.regrets = new Float64Array(experts.length);
    this.awakeRounds = new Int32Array(experts.length);
  }

  /**
   * Weights of the experts that are awake, in their order; they sum to 1.
   *
   * @param round any name that is not open yet
   * @param awake at least one of the experts
   */
  weigh(round: string, awake: readonly string[]): readonly number[] {
    if (this.open.has(round)) throw new Error(`SleepingExperts: round ${round} is open already`);
    const members = awake.map((expert) => {
      const at = this.index.get(expert);
      if (at === undefined) throw new Error(`SleepingExperts: there is no expert ${expert}`);
      return at;
    });
    if (members.length === 0) throw new Error('SleepingExperts: nobody is awake');
    const busy = new Set([...this.open.values()].map(({ copy }) => copy));
    let copy = 0;
    while (busy.has(copy)) copy++;
    if (copy === this.copies.length) this.copies.push(new AdaHedge(this.experts.length));
    this.open.set(round, { copy, awake: members });
    return this.copies[copy]!.weights(members);
  }

  /**
   * @param losses of the awake experts in the order given to `weigh`, in [0, 1]
   */
  learn(round: string, losses: readonly number[]): void {
    const entry = this.open.get(round);
    if (entry === undefined) throw new Error(`SleepingExperts: round ${round} is not open`);
    if (losses.length !== entry.awake.length || losses.some((loss) => !(loss >= 0 && loss <= 1))) {
      throw new Error('SleepingExperts: one loss in [0, 1] for every expert that was awake');
    }
    this.open.delete(round);
    const mixture = this.copies[entry.copy]!.update(entry.awake, losses);
    this.rounds += 1;
    this.loss += mixture;
    entry.awake.forEach((i, at) => {
      this.regrets[i]! += mixture - losses[at]!;
      this.awakeRounds[i]! += 1;
    });
  }

  report(): ExpertsReport {
    return {
      rounds: this.rounds,
      meanLoss: this.rounds > 0 ? this.loss / this.rounds : 0,
      experts: this.experts.map((expert, i) => ({ expert, rounds: this.awakeRounds[i]!, regret: this.regrets[i]! })),
      regretBound: sum(this.copies.map((copy) => copy.bound)),
      copies: this.copies.length,
    };
  }
}

class AdaHedge {
  private readonly losses: Float64Array;
  /** cumulative mixability gap: the learning rate is ln K / gap */
  private gap = 0;
  private variance = 0;

  constructor(private readonly count: number) {
    this.losses = new Float64Array(count);
  }

  /** of the awake ones alone */
  weights(awake: readonly number[]): readonly number[] {
    return this.mix(awake, ln(this.count) / this.gap);
  }

  /** Loss of the mixture; those asleep are charged with it. */
  update(awake: readonly number[], losses: readonly number[]): number {
    const rate = ln(this.count) / this.gap;
    const weights = this.mix(awake, rate);
    const mixture = Math.min(1, sum(weights.map((weight, at) => weight * losses[at]!)));
    const everybody = Array.from({ length: this.count }, (_, i) => i);
    const before = this.mix(everybody, rate);
    const charged = new Float64Array(this.count).fill(mixture);
    awake.forEach((i, at) => (charged[i] = losses[at]!));
    let spread = 0;
    let mixed = 0;
    const smallest = Math.min(...this.losses);
    before.forEach((weight, i) => {
      spread += weight * (charged[i]! - mixture) * (charged[i]! - mixture);
      if (rate < Infinity) mixed += weight * exp(-rate * charged[i]!);
    });
    for (let i = 0; i < this.count; i++) this.losses[i]! += charged[i]!;
    const mix = rate < Infinity ? -ln(mixed) / rate : Math.min(...this.losses) - smallest;
    this.gap += Math.max(0, mixture - mix);
    this.variance += spread;
    return mixture;
  }

  get bound(): number {
    const size = ln(this.count);
    return 2 * Math.sqrt(this.variance * size) + (4 / 3) * size + 2;
  }

  /** exp(-rate L) over some experts, the leaders alone where the rate is infinite */
  private mix(members: readonly number[], rate: number): readonly number[] {
    const least = Math.min(...members.map((i) => this.losses[i]!));
    const raw = members.map((i) => {
      const behind = this.losses[i]! - least;
      return rate < Infinity ? exp(-rate * behind) : behind === 0 ? 1 : 0;
    });
    const total = sum(raw);
    return raw.map((weight) => weight / total);
  }
}
