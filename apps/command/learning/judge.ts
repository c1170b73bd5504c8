import { Inject, Injectable } from '@nestjs/common';
import { type CoordinateCommand, horizonOf, isRejection, parseTime, realisedProfit, weekdayNumber } from '#domain';
import type { LearnedState, Prices } from '#engine';
import { ENGINE } from '../command-adapters.js';
import type { Engine } from '../engine-pool/engine.js';
import { whenFree } from '../engine-pool/when-free.js';
import { OutcomePrices } from '../outcomes/outcome-prices.js';
import { RecallCoordination } from '../replay/recall-coordination.js';

/** What two states would have earned, of the same coordinations, one difference each. */
export interface Comparison {
  /** the challenger's less the champion's, fraction of the net asset value, oldest first */
  readonly differences: readonly number[];
  /** coordinations whose horizons overlap */
  readonly overlap: number;
}

/** coordinations that are decided again at a look */
const COORDINATIONS_MAX = 120;

/**
 * Compares two learned states out of sample: recorded coordinations from after both had learned are decided again with each, and what the
 * trades would have earned by the closes, expected costs taken off, is compared.
 */
@Injectable()
export class Judge {
  constructor(
    @Inject(ENGINE) private readonly engine: Engine,
    private readonly prices: OutcomePrices,
    private readonly recall: RecallCoordination,
  ) {}

  /** @param ids coordinations, oldest first @returns null where there is nothing to compare by */
  async compare(challenger: LearnedState, champion: LearnedState, ids: readonly string[]): Promise<Comparison | null> {
    const commands = await this.commandsOf(ids.slice(-COORDINATIONS_MAX));
    const [first, last] = [commands[0], commands.at(-1)];
    if (first === undefined || last === undefined) return null;
    const known = await this.prices.from(first.asOf.slice(0, 10));
    if (known === null) return null;
    const differences: number[] = [];
    for (const command of commands) {
      const theirs = await this.earned(command, challenger, known.prices);
      const ours = theirs === null ? null : await this.earned(command, champion, known.prices);
      if (theirs !== null && ours !== null) differences.push(theirs - ours);
    }
    const horizon = commands.reduce((most, command) => Math.max(most, horizonOf(command)), 1);
    const days = weekdayNumber(parseTime(last.asOf)) - weekdayNumber(parseTime(first.asOf)) + 1;
    return { differences, overlap: Math.max(1, Math.ceil((horizon * commands.length) / days)) };
  }

  private async commandsOf(ids: readonly string[]): Promise<CoordinateCommand[]> {
    const commands: CoordinateCommand[] = [];
    for (const id of ids) {
      const recalled = await this.recall.recall(id);
      if (recalled !== null) commands.push(recalled.command);
    }
    return commands;
  }

  /** Null where it cannot be told yet, or could not be decided. */
  private async earned(command: CoordinateCommand, learnedState: LearnedState, prices: Prices): Promise<number | null> {
    const decided = await whenFree(() => this.engine.decide({ ...command, learnedState }));
    return isRejection(decided) ? null : realisedProfit(decided.events[1].data.outcome, horizonOf(command), prices);
  }
}
