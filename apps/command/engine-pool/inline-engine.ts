import { assessProposedTrades, decideCoordination, decideWithProblem, measureOrders, replanRemaining } from '#domain';
import type { Optimiser } from '#engine';
import type { Engine } from './engine.js';
import { replayDecision } from './replay-decision.js';

/** Decides on the event loop: simple, and for one request at a time. Everything else waits meanwhile. */
export function createInlineEngine(optimise: Optimiser): Engine {
  return {
    decide: async (command) => decideCoordination(command, optimise),
    decideWithProblem: async (command) => decideWithProblem(command, optimise),
    replay: async (command, recorded) => replayDecision(command, recorded, optimise),
    assess: async (command) => assessProposedTrades(command),
    measureOrders: async (command) => measureOrders(command),
    replan: async (command) => replanRemaining(command),
    parallelism: 1,
    close: async () => undefined,
  };
}
