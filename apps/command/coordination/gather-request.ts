import { Inject, Injectable } from '@nestjs/common';
import {
  type CoordinateCommand,
  type CoordinationRequest,
  currentPortfolio,
  isRejection,
  type PortfolioState,
  reject,
  type Rejection,
} from '#domain';
import { ENGINE_VERSION } from '#engine';
import { type CalendarName, sessionsOfRequest } from '#market-data';
import { CLOCK, type Clock, type CommandStore, EVENT_STORE, TRADING_CALENDAR } from '../command-adapters.js';
import { LearnedStates } from '../learning/learned-states.js';
import { MarketModelCache } from '../market-model/market-model-cache.js';
import { type LoadedPortfolio, Portfolios } from '../portfolio/portfolios.js';
import { StoredPurchases } from './stored-purchases.js';

/** Everything a decision needs but its id. */
export interface GatheredRequest {
  readonly command: Omit<CoordinateCommand, 'coordinationId'>;
  /** the stored portfolio as the decision sees it; absent where the request carries its own */
  readonly stored?: LoadedPortfolio;
}

/** Looks up what a request refers to. */
@Injectable()
export class GatherRequest {
  constructor(
    @Inject(EVENT_STORE) private readonly store: CommandStore,
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(TRADING_CALENDAR) private readonly calendar: CalendarName,
    private readonly marketModels: MarketModelCache,
    private readonly learnedStates: LearnedStates,
    private readonly portfolios: Portfolios,
    private readonly purchases: StoredPurchases,
  ) {}

  /** @param known the stored portfolio that the request names, where it is at hand */
  async gather(request: CoordinationRequest, known?: LoadedPortfolio): Promise<GatheredRequest | Rejection> {
    const [configuration, portfolio] = await Promise.all([
      this.configurationOf(request.config_name),
      this.portfolioOf(request, known),
    ]);
    if (isRejection(configuration)) return configuration;
    if (isRejection(portfolio)) return portfolio;
    const { portfolioState, stored } = portfolio;
    const asOf = request.as_of ?? this.now().toISOString();
    const storedTrades = await this.purchases.of(request, portfolioState, asOf);
    if (isRejection(storedTrades)) return storedTrades;
    const marketModel = this.marketModels.current();
    const tradingSessions = sessionsOfRequest(request, configuration?.parameters, asOf, this.calendar);
    return {
      command: {
        request,
        portfolioState,
        storedPortfolioState: stored !== undefined,
        ...(stored ? queueOf(stored, request) : {}),
        ...(storedTrades ? { storedTrades } : {}),
        ...(configuration ? { configuration } : {}),
        ...(marketModel ? { marketModel } : {}),
        learnedState: this.learnedStates.current(),
        ...(tradingSessions ? { tradingSessions } : {}),
        asOf,
        engineVersion: ENGINE_VERSION,
      },
      ...(stored ? { stored } : {}),
    };
  }

  private async configurationOf(name: string | undefined): Promise<CoordinateCommand['configuration'] | Rejection> {
    if (name === undefined) return undefined;
    const stored = await this.store.findConfiguration(name);
    if (stored === null) {
      return reject('UNKNOWN_CONFIGURATION', `There is no configuration "${name}".`, [
        {
          pointer: '/config_name',
          message: `names no stored configuration: "${name}"`,
          accepted: 'a stored name, or none',
        },
      ]);
    }
    if (!stored.enabled) {
      return reject('CONFIGURATION_DISABLED', `The configuration "${name}" is disabled.`, [
        {
          pointer: '/config_name',
          message: `names a disabled configuration: "${name}"`,
          accepted: 'an enabled one, or none',
        },
      ]);
    }
    return { name, version: stored.version, parameters: stored.parameters };
  }

  private async portfolioOf(
    request: CoordinationRequest,
    known?: LoadedPortfolio,
  ): Promise<{ readonly portfolioState: PortfolioState; readonly stored?: LoadedPortfolio } | Rejection> {
    if (request.portfolio_state !== undefined) return { portfolioState: request.portfolio_state };
    const id = request.portfolio_id ?? '';
    const stored = known ?? (await this.portfolios.load(id));
    const portfolioState = currentPortfolio(stored.portfolio);
    if (portfolioState !== null) return { portfolioState, stored };
    return reject('UNKNOWN_PORTFOLIO', `No state of the portfolio "${id}" is stored.`, [
      {
        pointer: '/portfolio_id',
        message: `names no stored portfolio: "${id}"`,
        accepted: 'a stored portfolio_id, or portfolio_state',
      },
    ]);
  }
}

/** What waits for a coordination of the portfolio; a request that brings one of the same id itself means that one. */
function queueOf({ portfolio }: LoadedPortfolio, { rebalance_requests: own = [] }: CoordinationRequest) {
  const ids = new Set(own.map(({ rebalance_id }) => rebalance_id));
  const queued = portfolio.rebalances
    .map(({ request }) => request)
    .filter(({ rebalance_id }) => !ids.has(rebalance_id));
  return queued.length === 0 ? {} : { queuedRebalances: queued };
}
