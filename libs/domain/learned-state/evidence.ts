import type { ConfidenceOutcome, Observation } from '#engine';
import type { MeasuredOutcomes } from '../outcome/events.js';
import { parseTime } from '../time.js';

/** What is learned from: plain data, to cross into a thread. */
export interface Evidence {
  readonly observations: readonly Observation[];
  /** of decisions, in the order in which they became known */
  readonly confidences: readonly ConfidenceOutcome[];
  /** weekday number of the newest outcome; nothing may be learned of later ones */
  readonly day: number;
  /** RFC 3339: the time of the newest outcome */
  readonly until: string;
}

const DAY_MS = 86_400_000;
/** Day 0 of the epoch was a Thursday. */
const MONDAY_OFFSET = 3;

/** Weekdays since the epoch: the running number of a trading day, holidays counted. @param time epoch milliseconds */
export function weekdayNumber(time: number): number {
  const since = Math.floor(time / DAY_MS) + MONDAY_OFFSET;
  const weeks = Math.floor(since / 7);
  return 5 * weeks + Math.min(since - 7 * weeks, 4);
}

/** Gathers evidence from outcome events in the order of the log: a correction replaces what it corrects. */
export class EvidenceOfOutcomes {
  private readonly signals = new Map<string, Observation>();
  private readonly decisions = new Map<string, ConfidenceOutcome & { readonly at: number }>();
  private last = 0;

  /** @param since RFC 3339; coordinations decided before are left out */
  constructor(private readonly since: string) {}

  get size(): number {
    return this.signals.size;
  }

  add(data: MeasuredOutcomes): void {
    if (parseTime(data.decided_at) < parseTime(this.since)) return;
    for (const { signal_id, outcome, volatility = 0, ...signal } of data.signals) {
      const key = JSON.stringify([data.coordination_id, signal_id]);
      this.signals.delete(key);
      if (outcome.status !== 'MEASURED' || !(volatility > 0) || signal.claim === 0) continue;
      this.last = Math.max(this.last, parseTime(outcome.exit_at));
      this.signals.set(key, {
        source: signal.source,
        instrumentId: signal.instrument_id,
        day: weekdayNumber(parseTime(signal.generated_at)),
        horizonDays: signal.horizon_days,
        claim: signal.claim,
        realised: outcome.realised_alpha / (volatility * Math.sqrt(signal.horizon_days)),
        regime: data.regime,
      });
    }
    for (const { decision_id, confidence, outcome } of data.decisions) {
      const key = JSON.stringify([data.coordination_id, decision_id]);
      this.decisions.delete(key);
      if (outcome.status !== 'MEASURED' || outcome.hit === null) continue;
      this.decisions.set(key, { confidence, hit: outcome.hit, at: parseTime(outcome.exit_at) });
    }
  }

  evidence(): Evidence {
    return {
      observations: [...this.signals.values()],
      confidences: [...this.decisions.values()]
        .sort((a, b) => a.at - b.at)
        .map(({ confidence, hit }) => ({ confidence, hit })),
      // those that exit on the last day are known in its evening
      day: weekdayNumber(this.last) + 1,
      until: new Date(this.last).toISOString(),
    };
  }
}
