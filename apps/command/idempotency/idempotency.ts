import { Inject, Injectable } from '@nestjs/common';
import type { IdempotencyRecord } from '#event-store';
import { canonicalHash, ProblemException } from '#platform';
import type { CommandAnswer } from '../command-answer.js';
import { type CommandStore, EVENT_STORE } from '../command-adapters.js';

/** One write that a key names for good. */
export interface KeyedWrite<Body> {
  /** who, method and path: the same key of two callers names two writes */
  readonly scope: string;
  /** without one the write is simply done */
  readonly key: string | undefined;
  readonly requestBody: unknown;
  /** the event that an answer stands for: its position goes with a repeated answer */
  readonly eventOf: (body: Body) => EventAddress;
  /** does the write; appends under `claim` and tells what the store answered */
  readonly write: (claim?: IdempotencyClaim) => Promise<CommandAnswer<Body> | IdempotencyRecord>;
}

export interface EventAddress {
  readonly stream: string;
  readonly version: number;
}

/** A record that lacks only the answer. */
export type IdempotencyClaim = Omit<IdempotencyRecord, 'response'>;

/**
 * The same key and body gives the first answer again; the same key with another body is refused. Concurrent writes of this
 * process share one run; those of other processes, and those after a crash, meet in the event store's transaction.
 */
@Injectable()
export class Idempotency {
  private readonly running = new Map<string, { readonly bodyHash: string; readonly answer: Promise<CommandAnswer> }>();

  constructor(@Inject(EVENT_STORE) private readonly store: CommandStore) {}

  async run<Body>(write: KeyedWrite<Body>): Promise<CommandAnswer<Body>> {
    const { key } = write;
    if (key === undefined) {
      const answer = await write.write();
      if ('response' in answer) throw new Error('a write without a key met an idempotency record');
      return answer;
    }
    return this.runOnce({ ...write, key });
  }

  private async runOnce<Body>(write: KeyedWrite<Body> & { readonly key: string }): Promise<CommandAnswer<Body>> {
    const bodyHash = hashBody(write.requestBody);
    const name = JSON.stringify([write.scope, write.key]);
    const ahead = this.running.get(name);
    if (ahead !== undefined) {
      if (ahead.bodyHash !== bodyHash) throw reused(write.key);
      return { ...((await ahead.answer) as CommandAnswer<Body>), replayed: true };
    }
    const answer = this.first(write, bodyHash);
    this.running.set(name, { bodyHash, answer });
    try {
      return await answer;
    } finally {
      this.running.delete(name);
    }
  }

  private async first<Body>(
    write: KeyedWrite<Body> & { readonly key: string },
    bodyHash: string,
  ): Promise<CommandAnswer<Body>> {
    const { scope, key } = write;
    const known = await this.store.findIdempotencyRecord(scope, key);
    const outcome = known ?? (await write.write({ scope, key, bodyHash }));
    return 'response' in outcome ? this.repeat(write, outcome, bodyHash) : outcome;
  }

  /** The first answer, once more. @throws ProblemException where it was given to another body */
  async repeat<Body>(
    write: { readonly key: string } & Pick<KeyedWrite<Body>, 'eventOf'>,
    record: IdempotencyRecord,
    bodyHash: string,
  ): Promise<CommandAnswer<Body>> {
    if (record.bodyHash !== bodyHash) throw reused(write.key);
    const { status, headers, body } = record.response;
    const position = await this.positionOf(write.eventOf(body as Body));
    return { status, headers, body: body as Body, position, replayed: true };
  }

  private async positionOf({ stream, version }: EventAddress): Promise<bigint | null> {
    const [event] = await this.store.readStream(stream, { fromVersion: version, limit: 1 });
    return event?.position ?? null;
  }
}

/** SHA-256 of the canonical JSON, hex: white space and the order of members make no difference. */
export const hashBody = (body: unknown): string => canonicalHash(body);

const reused = (key: string): ProblemException =>
  new ProblemException('idempotency-key-reused', {
    detail: `The Idempotency-Key ${JSON.stringify(key)} was used for another body.`,
  });

/** @throws ProblemException where the header is there and is not a key */
export function idempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined || /^[\x21-\x7e]{1,200}$/.test(header)) return header;
  throw new ProblemException('invalid-header', {
    detail: 'Idempotency-Key must be 1 to 200 visible ASCII characters without spaces.',
  });
}
