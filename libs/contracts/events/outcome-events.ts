import { Type } from 'typebox';
import type { OutcomesCorrected, OutcomesMeasured } from '#domain';
import { REJECTION_CODES } from '../schemas/coordination-response.js';
import { closed } from '../schemas/primitives.js';
import { shapeOf } from '../schemas/shape-of.js';

const instant = (description: string) => Type.String({ format: 'date-time', description });
const money = (description: string) => Type.Number({ description: `${description}; money` });
const action = Type.Enum(['BUY', 'SELL', 'HOLD']);
const horizon_days = Type.Number({ description: 'Trading days' });
const numberOrNull = (description: string) => Type.Union([Type.Number(), Type.Null()], { description });

const realisedOutcome = Type.Union(
  [
    Type.Object(
      {
        status: Type.Literal('MEASURED'),
        entry_at: instant('Of the first close at or after the signal, or of the posted price'),
        exit_at: instant('Of the close a horizon later'),
        entry_price: Type.Number(),
        exit_price: Type.Number(),
        realised_return: Type.Number({ description: 'Simple, over the horizon, adjusted for splits and dividends' }),
        benchmark_return: Type.Number({ description: 'Over the same days; 0 without a benchmark' }),
        realised_alpha: Type.Number({ description: 'Realised return above that of the benchmark' }),
        alpha_error: numberOrNull('Realised alpha less the expected return; null where nothing was expected'),
        hit: Type.Union([Type.Boolean(), Type.Null()], {
          description: 'Whether the alpha went the direction’s way; null for a HOLD',
        }),
        late_days: Type.Integer({ description: 'Trading days that the closes were later than asked for' }),
      },
      { ...closed, title: 'MeasuredOutcome' },
    ),
    Type.Object(
      {
        status: Type.Literal('UNMEASURABLE'),
        reason: Type.Enum(['UNKNOWN_INSTRUMENT', 'NO_ENTRY_PRICE', 'NO_EXIT_PRICE']),
      },
      { ...closed, title: 'UnmeasurableOutcome' },
    ),
  ],
  { title: 'RealisedOutcome' },
);

const signalOutcome = Type.Object(
  {
    signal_id: Type.String(),
    source: Type.String(),
    strategy: Type.Optional(Type.String()),
    instrument_id: Type.String(),
    sector: Type.Optional(Type.String()),
    action,
    generated_at: instant('Of the signal'),
    horizon_days,
    confidence: Type.Number({ description: 'As stated by the source' }),
    claim: Type.Number({ description: 'Direction times strength times confidence, in [-1, 1]' }),
    expected_return: Type.Optional(Type.Number()),
    volatility: Type.Optional(Type.Number({ description: 'Of one day, as the coordination knew it' })),
    accepted: Type.Boolean({ description: 'Whether its instrument was traded in its direction' }),
    outcome: realisedOutcome,
  },
  { ...closed, title: 'SignalOutcome' },
);

const alphaShare = Type.Object(
  { source: Type.String(), strategy: Type.Optional(Type.String()), alpha: Type.Number() },
  { ...closed, title: 'AlphaShare' },
);

const decisionOutcome = Type.Object(
  {
    decision_id: Type.String(),
    instrument_id: Type.String(),
    sector: Type.Optional(Type.String()),
    action: Type.Enum(['BUY', 'SELL']),
    horizon_days,
    quantity: Type.Number({
      description: 'Unsigned shares: filled ones where fills were reported, decided ones otherwise',
    }),
    price: Type.Number({ description: 'At which it was decided' }),
    fill_price: Type.Number({ description: 'Paid on average; the price of the decision where no fills were reported' }),
    costs: money('Reported with the fills; expected ones where there are none'),
    confidence: Type.Number(),
    alpha: Type.Number({ description: 'Expected return of the instrument over the horizon' }),
    shares: Type.Array(alphaShare, {
      description: 'Of the signals on the instrument; what is left came from those on others',
    }),
    outcome: realisedOutcome,
    profit: numberOrNull('After costs; money; null where the outcome is unmeasurable'),
  },
  { ...closed, title: 'DecisionOutcome' },
);

const refusalOutcome = Type.Object(
  {
    signal_id: Type.String(),
    source: Type.String(),
    instrument_id: Type.String(),
    action,
    horizon_days,
    reason_code: Type.Enum([...REJECTION_CODES]),
    would_trade: Type.Object(
      { quantity: Type.Number(), price: Type.Number(), costs: money('Expected') },
      {
        ...closed,
        title: 'WouldTrade',
        description: 'Without the limit, by the counterfactual; 0 shares where there is none',
      },
    ),
    outcome: realisedOutcome,
    cost: numberOrNull('What the limit cost, negative where it saved some; money; null where unmeasurable'),
  },
  { ...closed, title: 'RefusalOutcome' },
);

const measuredOutcomes = Type.Object(
  {
    coordination_id: Type.String(),
    portfolio_id: Type.String(),
    decided_at: instant('Of the coordination'),
    measured_by: Type.Enum(['MARKET_DATA', 'POSTED']),
    regime: Type.Enum(['CALM', 'NORMAL', 'STRESSED']),
    coordination_mode: Type.Enum(['AGGRESSIVE', 'BALANCED', 'CONSERVATIVE']),
    config_name: Type.Optional(Type.String()),
    learned_state_id: Type.String(),
    nav: money('Net asset value when it was decided'),
    signals: Type.Array(signalOutcome),
    decisions: Type.Array(decisionOutcome),
    refusals: Type.Array(refusalOutcome),
  },
  closed,
);

export const outcomesMeasuredSchema = shapeOf<OutcomesMeasured['data']>()({
  ...measuredOutcomes,
  description:
    'Horizons have passed: what came of signals, decisions and refusals of one coordination, each told once.',
});

export const outcomesCorrectedSchema = shapeOf<OutcomesCorrected['data']>()({
  ...measuredOutcomes,
  description: 'Late or revised data: these rows replace those of the same ids.',
});
