import type { AcceptedSignal, Synthesis } from '../universe.js';

/** One accepted signal with its exact part of the expected return of its own instrument. */
export interface BookedSignal {
  readonly signal: AcceptedSignal;
  /** of alpha_i, over the horizon */
  readonly contribution: number;
}

/** The accepted signals by instrument, in the order of the request. */
export class SignalBook {
  private readonly byInstrument = new Map<number, BookedSignal[]>();

  constructor(synthesis: Synthesis) {
    synthesis.accepted.forEach((signal, s) => {
      const booked = { signal, contribution: synthesis.contributionTo(s, signal.instrument) };
      const list = this.byInstrument.get(signal.instrument);
      if (list === undefined) this.byInstrument.set(signal.instrument, [booked]);
      else list.push(booked);
    });
  }

  on(instrument: number): readonly BookedSignal[] {
    return this.byInstrument.get(instrument) ?? [];
  }

  instruments(): readonly number[] {
    return [...this.byInstrument.keys()];
  }

  /** What the signals that name the direction contribute together. */
  contributed(instrument: number, direction: number): number {
    let sum = 0;
    for (const { signal, contribution } of this.on(instrument)) {
      if (signal.direction === direction) sum += contribution;
    }
    return sum;
  }

  names(instrument: number, direction: number): boolean {
    return this.on(instrument).some(({ signal }) => signal.direction === direction);
  }
}
