import type { CoordinationInput } from '../input.js';
import { RemainingPaths } from './remaining.js';
import type { TradingTime } from './session.js';

/** The part of an ordinary day's volume that is expected in each slot, by one intraday profile. */
export class VolumeCurve {
  private readonly parts: number[] = [];
  private readonly cumulative: readonly number[];
  private readonly paths = new RemainingPaths((s) => this.of(s));

  /**
   * @param profile volumes of equally long parts of a session, in any unit; one part is a flat profile
   */
  constructor(
    profile: readonly number[],
    private readonly time: TradingTime,
  ) {
    const total = profile.reduce((sum, volume) => sum + volume, 0);
    const cumulative = [0];
    for (const volume of profile) cumulative.push(cumulative[cumulative.length - 1]! + volume / total);
    this.cumulative = cumulative;
  }

  /** of slot s, in daily volumes; a short session has as much less as it is shorter */
  of(s: number): number {
    for (let next = this.parts.length; next <= s; next += 1) {
      const { from, to, session } = this.time.slot(next);
      this.parts.push(session * (this.until(to) - this.until(from)));
    }
    return this.parts[s]!;
  }

  /** What is left after each slot of a window of an order that trades in proportion to the volume. */
  remaining(first: number, count: number): Float64Array {
    return this.paths.over(first, count);
  }

  /** The share of a session's volume in its first part, linear within each part of the profile. */
  private until(position: number): number {
    const parts = this.cumulative.length - 1;
    const at = Math.min(position * parts, parts);
    const part = Math.min(Math.floor(at), parts - 1);
    const [before, after] = [this.cumulative[part]!, this.cumulative[part + 1]!];
    return before + (at - part) * (after - before);
  }
}

const FLAT: readonly number[] = [1];

/** The volume curve of each instrument: its own profile, else that of the market, else flat (model, section 8). */
export function volumeCurves({ market }: CoordinationInput, time: TradingTime): (instrumentId: string) => VolumeCurve {
  const common = new VolumeCurve(isProfile(market.volumeProfile) ? market.volumeProfile : FLAT, time);
  const own = market.volumeProfiles ?? {};
  return (instrumentId) => {
    const profile = Object.hasOwn(own, instrumentId) ? own[instrumentId] : undefined;
    return isProfile(profile) ? new VolumeCurve(profile, time) : common;
  };
}

/** A profile without any volume says nothing. */
function isProfile(profile: readonly number[] | undefined): profile is readonly number[] {
  return profile !== undefined && profile.some((volume) => volume > 0) && profile.every((volume) => volume >= 0);
}
