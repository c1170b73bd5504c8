import { Injectable, type Provider } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import { Counter, Gauge } from 'prom-client';
import { type Engine, EngineBusyError } from './engine.js';

const WORKERS = 'engine_workers';
const TASKS = 'engine_tasks';
const SHED = 'engine_shed_total';

export const engineMetricProviders: readonly Provider[] = [
  makeGaugeProvider({ name: WORKERS, help: 'Tasks of the engine that run at the same time' }),
  makeGaugeProvider({ name: TASKS, help: 'Tasks of the engine that run or wait: beyond engine_workers they wait' }),
  makeCounterProvider({ name: SHED, help: 'Tasks sent away because too many waited already' }),
];

/** How busy the engine is: what an autoscaler looks at. */
@Injectable()
export class EngineMetrics {
  constructor(
    @InjectMetric(WORKERS) private readonly workers: Gauge,
    @InjectMetric(TASKS) private readonly tasks: Gauge,
    @InjectMetric(SHED) private readonly shed: Counter,
  ) {}

  /** The same engine, counted. */
  measure(engine: Engine): Engine {
    this.workers.set(engine.parallelism);
    return {
      decide: this.counted(engine.decide.bind(engine)),
      decideWithProblem: this.counted(engine.decideWithProblem.bind(engine)),
      replay: this.counted(engine.replay.bind(engine)),
      assess: this.counted(engine.assess.bind(engine)),
      measureOrders: this.counted(engine.measureOrders.bind(engine)),
      replan: this.counted(engine.replan.bind(engine)),
      parallelism: engine.parallelism,
      close: () => engine.close(),
    };
  }

  private counted<Input extends unknown[], Output>(run: (...input: Input) => Promise<Output>) {
    return async (...input: Input): Promise<Output> => {
      this.tasks.inc();
      try {
        return await run(...input);
      } catch (error) {
        if (error instanceof EngineBusyError) this.shed.inc();
        throw error;
      } finally {
        this.tasks.dec();
      }
    };
  }
}
