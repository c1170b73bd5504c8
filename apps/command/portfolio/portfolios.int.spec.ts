import { schemaVersionOf } from '#contracts';
import { currentPortfolio, type PortfolioEvent, portfolioStream, setPortfolioState } from '#domain';
import type { ReadStreamOptions } from '#event-store';
import { withPostgres } from '#testing';
import type { CommandStore } from '../command-adapters.js';
import { eventMetadata, internalContext } from '../command-context.js';
import { openEventStore } from '../open-event-store.js';
import { Portfolios } from './portfolios.js';

const postgres = withPostgres();

const state = (cash: number) => ({ portfolio_id: 'p', as_of: '2026-03-02T09:00:00Z', cash, positions: [] });
const applied = (n: number): PortfolioEvent => ({
  type: 'coordination_applied',
  data: {
    portfolio_id: 'p',
    coordination_id: `c${n}`,
    orders: [{ decision_id: 'decision_001', instrument_id: 'A', quantity: 1 }],
    rebalances: [],
  },
});

describe('portfolios read from their streams', () => {
  let store: Awaited<ReturnType<typeof openEventStore>>;
  let eventsRead = 0;
  /** the store, with what it was asked for counted */
  const counting = (): CommandStore =>
    new Proxy(store, {
      get: (target, name: keyof CommandStore) =>
        name === 'readStream'
          ? async (stream: string, options?: ReadStreamOptions) => {
              const events = await target.readStream(stream, options);
              eventsRead += events.length;
              return events;
            }
          : target[name],
    });
  const append = async (events: readonly PortfolioEvent[], expectedVersion: number) =>
    store.append({
      streams: [
        {
          stream: portfolioStream('p'),
          expectedVersion,
          events: events.map((event) => ({ ...event, schemaVersion: schemaVersionOf(event.type) })),
        },
      ],
      metadata: eventMetadata(internalContext('test', 'test')),
    });

  beforeAll(async () => {
    store = await openEventStore(await postgres.open(), postgres.url);
  });
  afterAll(() => store.stop());

  it('are empty where nothing was told', async () => {
    expect(await new Portfolios(store).load('nobody')).toMatchObject({ version: 0, portfolio: { state: null } });
  });

  it('are folded from the newest state on, once, and then from what is newer', async () => {
    const first: PortfolioEvent = { type: 'portfolio_state_set', data: { portfolio_id: 'p', state: state(1) } };
    await append([first, ...Array.from({ length: 99 }, (_, n) => applied(n))], 0);
    const whole = await new Portfolios(store).load('p');
    expect(whole.version).toBe(100);
    expect(currentPortfolio(whole.portfolio)?.open_orders).toEqual([{ instrument_id: 'A', quantity: 99 }]);

    await append([setPortfolioState(whole.portfolio, state(2)), ...[100, 101, 102].map(applied)], 100);
    const portfolios = new Portfolios(counting());
    const loaded = await portfolios.load('p');
    expect(loaded.version).toBe(104);
    expect(currentPortfolio(loaded.portfolio)).toEqual({
      ...state(2),
      open_orders: [{ instrument_id: 'A', quantity: 102 }],
    });
    expect(eventsRead).toBeLessThan(12);

    eventsRead = 0;
    await append([applied(103)], 104);
    expect((await portfolios.load('p')).version).toBe(105);
    expect(eventsRead).toBe(1);
    // what was kept is what a fresh reader folds
    expect(await portfolios.load('p')).toEqual(await new Portfolios(store).load('p'));
  });
});
