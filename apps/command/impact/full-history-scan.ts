import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { FullHistoryRisk, ImpactAnswer, InstrumentRisk } from '#domain';
import { type ScenarioHistory, scenarioHistory, type ScenarioRisk } from '#market-data';
import { ProblemException } from '#platform';
import { HISTORY_FOLDER } from '../command-adapters.js';

/** at a time; each reads every bar there is of what is held */
const SCANS_MAX = 4;

/** Adds to an assessment what every kept day would have done; where that cannot be had, why. */
@Injectable()
export class FullHistoryScan implements OnApplicationShutdown {
  private readonly logger = new Logger(FullHistoryScan.name);
  private readonly history: ScenarioHistory | null;
  private running = 0;

  constructor(@Inject(HISTORY_FOLDER) folder: string | null) {
    this.history = folder === null ? null : scenarioHistory({ folder });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.history?.close();
  }

  /** @throws ProblemException where enough scans run already */
  async added(answer: ImpactAnswer): Promise<ImpactAnswer> {
    if (this.history === null) return without(answer, 'no folder of bars is configured (MARKET_DATA_DIR)');
    if (this.running >= SCANS_MAX) {
      throw new ProblemException('overloaded', {
        detail: 'Enough scans of the full history run already.',
        retryAfter: 1,
      });
    }
    this.running += 1;
    try {
      return await this.scanned(this.history, answer);
    } catch (error) {
      this.logger.warn(`the kept history could not be scanned: ${String(error)}`);
      return without(answer, 'the files of bars could not be read');
    } finally {
      this.running -= 1;
    }
  }

  private async scanned(history: ScenarioHistory, answer: ImpactAnswer): Promise<ImpactAnswer> {
    const weights = (pick: (risk: InstrumentRisk) => number): ReadonlyMap<string, number> =>
      new Map(answer.instruments.map((risk) => [risk.instrument_id, pick(risk)]));
    const portfolios = [weights((risk) => risk.weight_before), weights((risk) => risk.weight_after)];
    const { days, firstDay, lastDay, portfolios: risks } = await history.scan(portfolios);
    const [before, after] = risks.map(toFullHistoryRisk);
    if (days === 0 || before === undefined || after === undefined) return without(answer, 'no bars are kept yet');
    return {
      ...answer,
      history: {
        source: 'FULL',
        days: days - 1,
        ...(firstDay === undefined ? {} : { first_day: firstDay }),
        ...(lastDay === undefined ? {} : { last_day: lastDay }),
      },
      full_history: { before, after },
    };
  }
}

function without(answer: ImpactAnswer, reason: string): ImpactAnswer {
  const { source, days } = answer.history;
  const instead = source === 'NONE' ? 'there is no other history' : `the ${days} days of the market model stand alone`;
  return { ...answer, warnings: [...answer.warnings, `The full history was asked for, but ${reason}: ${instead}.`] };
}

function toFullHistoryRisk(risk: ScenarioRisk): FullHistoryRisk {
  return {
    days: risk.days,
    days_left_out: risk.daysLeftOut,
    ...(risk.tail === undefined ? {} : { var_95: risk.tail.var95, cvar_95: risk.tail.cvar95 }),
    quantiles: risk.quantiles,
    worst_days: risk.worstDays,
    ...(risk.worst5Days === undefined ? {} : { worst_5_days: risk.worst5Days }),
    ...(risk.worst20Days === undefined ? {} : { worst_20_days: risk.worst20Days }),
  };
}
