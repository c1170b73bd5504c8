import {
  type AssessImpactCommand,
  assessProposedTrades,
  type CoordinateCommand,
  type CoordinationDecision,
  decideCoordination,
  decideWithProblem,
  isRejection,
  type MeasureCommand,
  measureOrders,
  type MarketModel,
  type ReplanCommand,
  replanRemaining,
} from '#domain';
import { createCertifiedOptimiser } from '#reference-solver';
import { replayDecision } from './replay-decision.js';
import type { EngineAnswer, EngineTask, SharedModel } from './task.js';

// loaded once a worker, before its first task
const optimise = await createCertifiedOptimiser();

/** the newest few; a request in flight may still name the one before */
const MODELS_MAX = 3;
const models = new Map<string, MarketModel>();

export default function compute(task: EngineTask): string {
  switch (task.kind) {
    case 'READY':
      return '';
    case 'DECIDE': {
      const decision = decideCoordination(commandOf(task), optimise);
      return JSON.stringify(isRejection(decision) ? { rejection: decision } : withoutInputs(decision));
    }
    case 'DECIDE_WITH_PROBLEM':
      return JSON.stringify(decideWithProblem(commandOf(task), optimise));
    case 'REPLAY':
      return JSON.stringify(replayDecision(commandOf(task), task.recorded ?? '', optimise));
    case 'ASSESS':
      return JSON.stringify(assessProposedTrades(commandOf<AssessImpactCommand>(task)));
    case 'MEASURE':
      return JSON.stringify(measureOrders(commandOf<MeasureCommand>(task)));
    case 'REPLAN':
      return JSON.stringify(replanRemaining(commandOf<ReplanCommand>(task)));
  }
}

function commandOf<Command extends CoordinateCommand | AssessImpactCommand = CoordinateCommand>(
  task: EngineTask,
): Command {
  const command = JSON.parse(task.command) as Command;
  return task.marketModel ? { ...command, marketModel: modelOf(task.marketModel) } : command;
}

/** The inputs are large, and the asking side has them. */
const withoutInputs = ({ events: [, completed], diagnostics }: CoordinationDecision): EngineAnswer => ({
  completed: completed.data,
  diagnostics,
});

function modelOf({ id, bytes }: SharedModel): MarketModel {
  const known = models.get(id);
  if (known !== undefined) return known;
  const model = JSON.parse(Buffer.from(bytes).toString('utf8')) as MarketModel;
  models.set(id, model);
  const [oldest] = models.keys();
  if (models.size > MODELS_MAX && oldest !== undefined) models.delete(oldest);
  return model;
}
