import { Inject, Injectable } from '@nestjs/common';
import {
  type CoordinateCommand,
  type CoordinationRequest,
  isRejection,
  portfolioStream,
  type PortfolioState,
  PRIOR_LEARNED_STATE,
  reject,
  type Rejection,
} from '#domain';
import { ENGINE_VERSION } from '#engine';
import { type CalendarName, sessionsOfRequest } from '#market-data';
import { CLOCK, type Clock, type CommandStore, EVENT_STORE, TRADING_CALENDAR } from '../command-adapters.js';
import { MarketModelCache } from '../market-model/market-model-cache.js';
import { StoredPurchases } from './stored-purchases.js';

/** Everything a decision needs but its id. */
export type GatheredRequest = Omit<CoordinateCommand, 'coordinationId'>;

/** Looks up what a request refers to. */
@Injectable()
export class GatherRequest {
  constructor(
    @Inject(EVENT_STORE) private readonly store: CommandStore,
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(TRADING_CALENDAR) private readonly calendar: CalendarName,
    private readonly marketModels: MarketModelCache,
    private readonly purchases: StoredPurchases,
  ) {}

  async gather(request: CoordinationRequest): Promise<GatheredRequest | Rejection> {
    const [configuration, portfolioState] = await Promise.all([
      this.configurationOf(request.config_name),
      this.portfolioStateOf(request),
    ]);
    if (isRejection(configuration)) return configuration;
    if (isRejection(portfolioState)) return portfolioState;
    const asOf = request.as_of ?? this.now().toISOString();
    const storedTrades = await this.purchases.of(request, portfolioState, asOf);
    if (isRejection(storedTrades)) return storedTrades;
    const marketModel = this.marketModels.current();
    const tradingSessions = sessionsOfRequest(request, configuration?.parameters, asOf, this.calendar);
    return {
      request,
      portfolioState,
      storedPortfolioState: request.portfolio_state === undefined,
      ...(storedTrades ? { storedTrades } : {}),
      ...(configuration ? { configuration } : {}),
      ...(marketModel ? { marketModel } : {}),
      learnedState: PRIOR_LEARNED_STATE,
      ...(tradingSessions ? { tradingSessions } : {}),
      asOf,
      engineVersion: ENGINE_VERSION,
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

  private async portfolioStateOf(request: CoordinationRequest): Promise<PortfolioState | Rejection> {
    if (request.portfolio_state !== undefined) return request.portfolio_state;
    const id = request.portfolio_id ?? '';
    const [event] = await this.store.readStream(portfolioStream(id), { direction: 'BACKWARDS', limit: 1 });
    if (event?.type === 'portfolio_state_set') return (event.data as { readonly state: PortfolioState }).state;
    return reject('UNKNOWN_PORTFOLIO', `No state of the portfolio "${id}" is stored.`, [
      {
        pointer: '/portfolio_id',
        message: `names no stored portfolio: "${id}"`,
        accepted: 'a stored portfolio_id, or portfolio_state',
      },
    ]);
  }
}
