import type { DomainEvent, EventMetadata, RecordedEvent } from '#domain';

/** The log: append with expected versions, read by stream or in global order, hear of new positions. */
export interface EventStore {
  /** All or nothing, in one transaction; resolves when committed and, within a bound, sequenced. */
  append(append: Append): Promise<AppendOutcome>;
  readStream(stream: string, options?: ReadStreamOptions): Promise<readonly RecordedEvent[]>;
  /** With personal fields sealed. In global order, positions after + 1, after + 2, ... without gaps. */
  readLog(after: bigint, limit: number): Promise<readonly RecordedEvent[]>;
  /** 0 for an empty log */
  lastPosition(): Promise<bigint>;
  findIdempotencyRecord(scope: string, key: string): Promise<IdempotencyRecord | null>;
  /** Called after positions were given, in this process or another one; a doorbell, not a delivery. */
  onSequenced(listener: () => void): () => void;
}

export interface NewEvent<E extends DomainEvent = DomainEvent> {
  readonly type: E['type'];
  readonly schemaVersion: number;
  readonly data: E['data'];
}

export interface Append {
  /** whose streams; default `default` */
  readonly tenant?: string;
  readonly streams: readonly StreamAppend[];
  readonly metadata: EventMetadata;
  readonly idempotency?: IdempotencyRecord;
  /** rows of the command-side tables that the same transaction writes */
  readonly rows?: CommandSideRows;
}

export interface StreamAppend {
  readonly stream: string;
  /** the version the stream must have now: 0 for a new one */
  readonly expectedVersion: number;
  readonly events: readonly NewEvent[];
}

export interface IdempotencyRecord {
  /** method and path */
  readonly scope: string;
  readonly key: string;
  /** sha256 of the canonical request body, hex */
  readonly bodyHash: string;
  /** the first answer: given again for the same key and body */
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
}

export interface CommandSideRows {
  readonly session?: SessionRow;
  readonly decisions?: readonly DecisionRow[];
  readonly configuration?: ConfigurationRow;
}

export interface SessionRow {
  readonly coordination_id: string;
  readonly signals_processed: number;
  readonly decisions_generated: number;
  readonly coordination_quality: number;
  readonly processing_time_ms: number;
}

export interface DecisionRow {
  readonly coordination_id: string;
  readonly decision_id: string;
  readonly instrument_id: string;
  readonly action: string;
  readonly quantity: number;
  readonly priority: number;
  readonly confidence: number;
  readonly reasoning: readonly string[];
  readonly portfolio_impact: object;
}

/** Replaces the row of the same name. */
export interface ConfigurationRow {
  readonly config_name: string;
  readonly coordination_parameters: object;
  readonly priority_weights: object;
  readonly risk_limits: object;
  readonly enabled: boolean;
}

export type AppendOutcome =
  | {
      readonly kind: 'APPENDED';
      readonly eventIds: readonly string[];
      /** of the last event; null where the sequencer did not get to it within the bound (logged and counted) */
      readonly position: bigint | null;
      readonly recordedAt: string;
    }
  | { readonly kind: 'VERSION_CONFLICT'; readonly stream: string; readonly actualVersion: number }
  /** this key was used before (or a moment ago, by a concurrent request): compare the hash and give the first answer */
  | { readonly kind: 'IDEMPOTENT_REPEAT'; readonly record: IdempotencyRecord };

export interface ReadStreamOptions {
  /** default `default` */
  readonly tenant?: string;
  /** default 1; backwards, the newest */
  readonly fromVersion?: number;
  readonly limit?: number;
  /** default forwards */
  readonly direction?: 'FORWARDS' | 'BACKWARDS';
  /** default sealed, as they are stored: nothing but who shows them to a person needs them */
  readonly personalFields?: 'OPENED';
}
