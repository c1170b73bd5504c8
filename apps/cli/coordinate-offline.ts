import { validateCoordinationRequest } from '#contracts';
import {
  type CoordinationOutcome,
  type CoordinationRequest,
  decideCoordination,
  isRejection,
  PRIOR_LEARNED_STATE,
} from '#domain';
import { ENGINE_VERSION } from '#engine';
import { DEFAULT_CALENDAR, sessionsOfRequest } from '#market-data';
import { CommandFailure, EXIT } from './failure.js';
import { loadOptimiser } from './optimiser.js';

/** the id that stands in the events, which nobody keeps */
const OFFLINE_ID = 'offline';

/**
 * What the service would decide of a request that carries everything with it: the same checks, the same decider, the
 * same engine, in this process and with nothing stored.
 *
 * @throws CommandFailure where the request is not valid or not whole
 */
export async function coordinateOffline(document: unknown): Promise<CoordinationOutcome> {
  const errors = validateCoordinationRequest(document);
  if (errors.length > 0) throw new CommandFailure('the request is not valid', EXIT.invalid, errors);
  const request = document as CoordinationRequest;
  const { portfolio_state: portfolioState, as_of: asOf } = request;
  if (portfolioState === undefined)
    throw notWhole('/portfolio_state', 'is needed offline: no service knows the portfolio');
  if (asOf === undefined) throw notWhole('/as_of', 'is needed offline, so that the same file gives the same answer');
  if (request.config_name !== undefined) throw notWhole('/config_name', 'names what only a service knows');
  const tradingSessions = sessionsOfRequest(request, undefined, asOf, DEFAULT_CALENDAR);
  const decision = decideCoordination(
    {
      coordinationId: OFFLINE_ID,
      request,
      portfolioState,
      storedPortfolioState: false,
      learnedState: PRIOR_LEARNED_STATE,
      ...(tradingSessions ? { tradingSessions } : {}),
      asOf,
      engineVersion: ENGINE_VERSION,
    },
    await loadOptimiser(),
  );
  if (isRejection(decision)) throw new CommandFailure(decision.message, EXIT.invalid, decision.errors ?? []);
  return decision.events[1].data.outcome;
}

const notWhole = (pointer: string, message: string): CommandFailure =>
  new CommandFailure('the request is not whole', EXIT.invalid, [{ pointer, message }]);
