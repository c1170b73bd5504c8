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
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly service: Standalone,
    private readonly folder: string,
  ) {}

  /** True for a folder without events, and for one whose demonstration was broken off. */
  async isDue(): Promise<boolean> {
    const progress = await readProgress(this.folder);
    return progress === 'BEGUN' || (progress === 'NONE' && (await this.service.eventStore.lastPosition()) === 0n);
  }

  /**
   * Coordinates, then stores the bars that the model was built of: a few seconds of work that nobody has to wait for.
   *
   * @param onCoordinated called when the read models have the coordination
   * @returns the number of bars stored; null where the process is stopped meanwhile, and the next start takes it up
   */
  async run(
    material: DemonstrationMaterial,
    onCoordinated: (result: DemonstrationResult) => void,
  ): Promise<number | null> {
    if (this.stopped) return null;
    const work = this.coordinate(material).then(async (result) => {
      if (this.stopped) return null;
      onCoordinated(result);
      return this.storeBars(result.demo);
    });
    this.running = work.catch(() => undefined);
    return work;
  }

  /** Waits for the step in flight. To be closed before the application that it uses. */
  async close(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async coordinate({ demo, model }: DemonstrationMaterial): Promise<DemonstrationResult> {
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

  private async storeBars({ market }: Demonstration): Promise<number | null> {
    const store = new MarketDataStore(this.service.stores.command);
    const untilStopped = function* (this: DemonstrationRun) {
      for (const bar of barsOf(market.bars)) {
        if (this.stopped) return;
        yield bar;
      }
    }.bind(this);
    await store.upsertInstruments(market.instruments);
    const count = await store.upsertBars(untilStopped());
    if (this.stopped) return null;
    await writeProgress(this.folder, 'COMPLETE');
    return count;
  }
}

const progressFile = (folder: string): string => join(folder, 'demonstration.json');

async function readProgress(folder: string): Promise<Progress> {
  const text = await readFile(progressFile(folder), 'utf8').catch(() => null);
  if (text === null) return 'NONE';
  // half a file is of a process that was killed while it wrote
  return text.includes('COMPLETE') ? 'COMPLETE' : 'BEGUN';
}

async function writeProgress(folder: string, progress: Progress): Promise<void> {
  await writeFile(progressFile(folder), `${JSON.stringify({ progress })}\n`);
}
