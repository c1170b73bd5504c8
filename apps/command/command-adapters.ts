import type {
  EventStore,
  ExecutionDeadlines,
  OpenOutcomes,
  OutcomeLog,
  PostgresEventStore,
  ReplayStore,
} from '#event-store';
import { type CalendarName, type ClosesReader, closesOf, type MarketDataStore } from '#market-data';
import type { Engine } from './engine-pool/engine.js';
import type { Learner } from './learning/learner.js';

/** What the command side needs of the event store. */
export type CommandStore = EventStore & Pick<PostgresEventStore, 'nextCoordinationNumber' | 'findConfiguration'>;

/** What the command side is plugged into. Whoever opened these closes them, after the application. */
export interface CommandAdapters {
  readonly eventStore: CommandStore;
  readonly replays: Replays;
  readonly deadlines: Deadlines;
  readonly outcomes: OutcomeAdapters;
  readonly learning: LearningAdapters;
  readonly engine: Engine;
  /** where the Parquet of the bars is, for scans of the full history; default: nowhere */
  readonly historyFolder?: string | null;
  /** whose sessions orders trade in where a request does not say; default XNYS */
  readonly tradingCalendar?: CalendarName;
  /** default: the clock of this machine */
  readonly now?: () => Date;
}

export type Replays = Pick<ReplayStore, keyof ReplayStore>;

export type Deadlines = Pick<ExecutionDeadlines, keyof ExecutionDeadlines>;

/** What outcomes are measured by, and which are still to be told. */
export interface OutcomeAdapters {
  readonly open: Pick<OpenOutcomes, keyof OpenOutcomes>;
  /** null: none is measured here, clients may post theirs */
  readonly closes: ClosesReader | null;
  /** instrument of the bars whose return is taken off; default none */
  readonly benchmark?: string;
}

/** What is learned from, and where. */
export interface LearningAdapters {
  readonly outcomes: Pick<OutcomeLog, keyof OutcomeLog>;
  readonly learner: Learner;
  /** between two runs of learning; 0 for none by itself */
  readonly everyHours: number;
}

export function outcomeAdapters(
  open: OpenOutcomes,
  bars: MarketDataStore,
  settings: { readonly TRADING_CALENDAR: CalendarName; readonly OUTCOME_BENCHMARK: string },
): OutcomeAdapters {
  const { TRADING_CALENDAR: calendar, OUTCOME_BENCHMARK: benchmark } = settings;
  return { open, closes: closesOf(bars, calendar), ...(benchmark === '' ? {} : { benchmark }) };
}

export const EVENT_STORE = Symbol('EVENT_STORE');
export const REPLAYS = Symbol('REPLAYS');
export const EXECUTION_DEADLINES = Symbol('EXECUTION_DEADLINES');
export const OUTCOMES = Symbol('OUTCOMES');
export const LEARNING = Symbol('LEARNING');
export const ENGINE = Symbol('ENGINE');
export const CLOCK = Symbol('CLOCK');
export const TRADING_CALENDAR = Symbol('TRADING_CALENDAR');
export const HISTORY_FOLDER = Symbol('HISTORY_FOLDER');

export type Clock = () => Date;
