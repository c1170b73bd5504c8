/** What one source said of one subject (an instrument on a day), as the synthesis takes it. */
export interface SpokenView {
  readonly source: string;
  /** direction times strength, [-1, 1] */
  readonly score: number;
  /** confidence times reliability times regime multiplier, before ageing; [0, 1] */
  readonly confidence: number;
  /** days between the signal and the coordination */
  readonly ageDays: number;
}

/** The views on one subject, with what came. */
export interface Subject {
  readonly views: readonly SpokenView[];
  /** realised return over sigma sqrt(horizon) */
  readonly realised: number;
}

/** Subjects by sources, row-major; a silent source has confidence 0. */
export interface SynthesisData {
  readonly sources: readonly string[];
  readonly subjects: number;
  readonly score: Float64Array;
  readonly confidence: Float64Array;
  readonly ageDays: Float64Array;
  readonly realised: Float64Array;
}

/** Subjects without a finite return are left out; of two views of one source the later in the list counts. */
export function synthesisData(subjects: readonly Subject[], sources: readonly string[]): SynthesisData {
  const known = subjects.filter(({ realised }) => Number.isFinite(realised));
  const index = new Map(sources.map((source, s) => [source, s]));
  const size = known.length * sources.length;
  const data = { score: new Float64Array(size), confidence: new Float64Array(size), ageDays: new Float64Array(size) };
  known.forEach(({ views }, row) => {
    for (const { source, score, confidence, ageDays } of views) {
      const column = index.get(source);
      if (column === undefined) continue;
      const at = row * sources.length + column;
      data.score[at] = score;
      data.confidence[at] = confidence;
      data.ageDays[at] = ageDays;
    }
  });
  return { sources, subjects: known.length, ...data, realised: Float64Array.from(known, (each) => each.realised) };
}
