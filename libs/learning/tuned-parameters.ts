/** What is tuned, on scales without bounds: ln zeta, then ln half-life of each source. */
export type Theta = Float64Array;

export interface TunedParameters {
  /** scale of views without an expected return */
  readonly zeta: number;
  /** by source, trading days */
  readonly halfLifeDays: Readonly<Record<string, number>>;
}

export function toTheta({ zeta, halfLifeDays }: TunedParameters, sources: readonly string[]): Theta {
  return Float64Array.from([zeta, ...sources.map((source) => halfLifeDays[source]!)], Math.log);
}

export function fromTheta(theta: Theta, sources: readonly string[]): TunedParameters {
  return {
    zeta: Math.exp(theta[0]!),
    halfLifeDays: Object.fromEntries(sources.map((source, s) => [source, Math.exp(theta[s + 1]!)])),
  };
}
