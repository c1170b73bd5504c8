import { existsSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandBus } from '@nestjs/cqrs';
import type { CoordinationResponse, MarketModel } from '#domain';
import { barsOf, buildMarketModel, type Demonstration, demonstration, MarketDataStore } from '#market-data';
import type { Stoppable } from '#platform';
import { internalContext } from '../command/command-context.js';
import { CoordinateSignals } from '../command/coordination/coordinate-signals.js';
import { PublishMarketModel } from '../command/market-model/publish-market-model.js';
import { SetPortfolioState } from '../command/portfolio/set-portfolio-state.js';
import { PositionGate } from '../query/consistency/position-gate.js';
import type { Standalone } from './standalone.js';

const ACTOR = 'demonstration';

/** Whether the demonstration of this folder was begun and finished; a file beside the databases. */
type Progress = 'NONE' | 'BEGUN' | 'COMPLETE';

/** The demonstration and the market model of its bars: about a second of work. */
export interface DemonstrationMaterial {
  readonly demo: Demonstration;
  readonly model: MarketModel;
}

export function demonstrationMaterial(): DemonstrationMaterial {
  const demo = demonstration();
  return { demo, model: buildMarketModel(demo.market.bars, demo.market.instruments) };
}

/** Whether nothing was ever kept in the folder, so that a demonstration will be due. */
export const isNewFolder = (folder: string): boolean => !existsSync(folder) || readdirSync(folder).length === 0;

export interface DemonstrationResult {
  readonly demo: Demonstration;
  readonly response: CoordinationResponse;
}

/**
 * Shows an empty service what it is for: a market, a book, and a first coordination of a hundred signals, by the commands
 * that requests become. It may be broken off anywhere: every step says who asks by an idempotency key, and the next start
 * takes it up again.
 */
export class DemonstrationRun implements Stoppable {
  private stopped = false;
  private loading: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly service: Standalone,
    private readonly folder: string,
  ) {}

  /** True for a folder without events, and for one whose demonstration was broken off. */
  async isDue(): Promise<boolean> {
    const progress = await readProgress(this.folder);
    return progress === 'BEGUN' || (progress === 'NONE' && (await this.service.eventStore.lastPosition()) === 0n);
  }

  /** Resolves when the read models have the coordination. The bars are not stored yet: see `storeBars`. */
  async coordinate({ demo, model }: DemonstrationMaterial): Promise<DemonstrationResult> {
    await writeProgress(this.folder, 'BEGUN');
    const commands = this.service.app.get(CommandBus, { strict: false });
    const context = () => internalContext(ACTOR, ACTOR);
    await commands.execute(new PublishMarketModel(model, context()));
    await commands.execute(new SetPortfolioState(demo.portfolio, context(), 'demonstration-portfolio'));
    const request = {
      as_of: demo.as_of,
      portfolio_id: demo.portfolio.portfolio_id,
      signals: demo.signals,
      coordination_parameters: demo.parameters,
    };
    const { body, position } = await commands.execute(
      new CoordinateSignals(request, context(), { idempotencyKey: 'demonstration-coordination' }),
    );
    const gate = this.service.app.get(PositionGate, { strict: false });
    if (position !== null && !(await gate.reached(position))) {
      throw new Error(`the read models did not reach position ${position} in time`);
    }
    return { demo, response: body };
  }

  /**
   * Stores the three years of bars that the model was built of: a few seconds of work that nobody has to wait for.
   *
   * @returns the number of bars; null where the process is stopped meanwhile, and the next start takes it up
   */
  async storeBars({ market }: Demonstration): Promise<number | null> {
    const store = new MarketDataStore(this.service.stores.command);
    const untilStopped = function* (this: DemonstrationRun) {
      for (const bar of barsOf(market.bars)) {
        if (this.stopped) return;
        yield bar;
      }
    }.bind(this);
    const work = store.upsertInstruments(market.instruments).then(() => store.upsertBars(untilStopped()));
    this.loading = work.catch(() => undefined);
    const count = await work;
    if (this.stopped) return null;
    await writeProgress(this.folder, 'COMPLETE');
    return count;
  }

  /** Waits for the batch in flight. */
  async close(): Promise<void> {
    this.stopped = true;
    await this.loading;
  }
}

const progressFile = (folder: string): string => join(folder, 'demonstration.json');

async function readProgress(folder: string): Promise<Progress> {
  const text = await readFile(progressFile(folder), 'utf8').catch(() => null);
  if (text === null) return 'NONE';
  return (JSON.parse(text) as { readonly progress: Progress }).progress;
}

async function writeProgress(folder: string, progress: Progress): Promise<void> {
  await writeFile(progressFile(folder), `${JSON.stringify({ progress })}\n`);
}
