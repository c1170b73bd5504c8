import type { ConfigurationEvent } from './configuration/events.js';
import type { CoordinationEvent } from './coordination/events.js';
import type { ExecutionEvent } from './execution/events.js';
import type { LearnedStateEvent } from './learned-state/events.js';
import type { MarketModelEvent } from './market-model/events.js';
import type { OutcomeEvent } from './outcome/events.js';
import type { PortfolioEvent } from './portfolio/events.js';

export type DomainEvent =
  | CoordinationEvent
  | PortfolioEvent
  | ExecutionEvent
  | ConfigurationEvent
  | MarketModelEvent
  | LearnedStateEvent
  | OutcomeEvent;

/** A domain event as the log holds it. */
export interface RecordedEvent<E extends { readonly type: string; readonly data: unknown } = DomainEvent> {
  /** UUID */
  readonly id: string;
  /** whose stream it is; absent for the tenant `default` */
  readonly tenant?: string;
  readonly stream: string;
  /** 1, 2, ... within the stream */
  readonly version: number;
  /** contiguous over the log from 1, given after commit; a decimal string on the wire */
  readonly position: bigint;
  readonly type: E['type'];
  readonly schemaVersion: number;
  readonly data: E['data'];
  readonly metadata: EventMetadata;
  /** RFC 3339, UTC; the time of the event in every projection */
  readonly recordedAt: string;
}

export interface EventMetadata {
  readonly correlation_id: string;
  readonly causation_id?: string;
  readonly actor: string;
  readonly engine_version: string;
  readonly runtime_version: string;
  /** measured on the write side, outside the replayed bytes */
  readonly processing_time_ms?: number;
  /** W3C Trace Context of the request, where traces are made */
  readonly traceparent?: string;
}
