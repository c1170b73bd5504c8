import { type AuditedEvent, nameOf } from './audited-event.js';
import type { Checkpoint } from './checkpoint.js';
import { eventHash, logHash, NO_EVENT } from './event-hash.js';
import { auditFault, type AuditFault } from './fault.js';
import type { MerkleFrontier } from './merkle/frontier.js';
import { leafHash } from './merkle/hashes.js';

/** Where a range of the log begins: what is to be known of the events before it. */
export interface RangeStart {
  /** position of the first event of the range */
  readonly from: number;
  readonly frontier: MerkleFrontier;
  readonly logHash: Buffer;
}

interface Head {
  readonly version: number;
  readonly hash: Buffer;
}

/**
 * Follows a log event by event and stops at the first that is not as it was. Keeps the head of every stream it has met:
 * about 200 bytes each.
 */
export class LogVerifier {
  private readonly heads = new Map<string, Head>();
  private readonly expected = new Map<number, Checkpoint[]>();
  private readonly from: number;
  private readonly frontier: MerkleFrontier;
  private lastLogHash: Buffer;
  private lastSigned: number;

  /** @param checkpoints signatures checked; each is compared when its size is reached */
  constructor(start: RangeStart, checkpoints: readonly Checkpoint[] = []) {
    this.from = start.from;
    this.frontier = start.frontier;
    this.lastLogHash = start.logHash;
    this.lastSigned = 0;
    for (const checkpoint of checkpoints) {
      this.expected.set(checkpoint.size, [...(this.expected.get(checkpoint.size) ?? []), checkpoint]);
    }
  }

  /** the last position that was followed */
  get position(): number {
    return this.frontier.size;
  }

  get logHash(): Buffer {
    return this.lastLogHash;
  }

  root(): Buffer {
    return this.frontier.root();
  }

  /** how far a checkpoint has confirmed the log */
  get signedTo(): number {
    return this.lastSigned;
  }

  /** The next event of the log. @returns what is wrong with it, or null */
  accept(event: AuditedEvent): AuditFault | null {
    const fault = this.misplaced(event) ?? this.follow(event);
    if (fault !== null) return fault;
    for (const checkpoint of this.expected.get(this.position) ?? []) {
      const mismatch = this.compare(checkpoint);
      if (mismatch !== null) return mismatch;
    }
    return null;
  }

  /** Compares a checkpoint of the position reached. */
  compare({ size, root, time }: Checkpoint): AuditFault | null {
    if (size !== this.position) {
      return auditFault('CHECKPOINT_MISMATCH', `A checkpoint of ${size} events stands after ${this.position}.`);
    }
    if (root.equals(this.root())) {
      this.lastSigned = size;
      return null;
    }
    const first = this.lastSigned + 1;
    const range = first === size ? `Event ${first} is` : `Among the events ${first} to ${size} is one that is`;
    return auditFault(
      'CHECKPOINT_MISMATCH',
      `${range} not what was signed at ${time}, though its hashes agree: all of them were made anew.`,
      first === size ? { position: first } : {},
    );
  }

  private misplaced(event: AuditedEvent): AuditFault | null {
    const next = this.position + 1;
    if (event.position === next) return null;
    if (event.position > next) {
      return auditFault(
        'EVENT_MISSING',
        `There is no event at position ${next}: the next one is at ${event.position}.`,
        {
          position: next,
        },
      );
    }
    return auditFault('LOG_ORDER', `Position ${event.position} stands where position ${next} should.`, {
      ...placeOf(event),
      position: next,
    });
  }

  private follow(event: AuditedEvent): AuditFault | null {
    const stream = `${event.tenant}\u0000${event.stream}`;
    const head = this.heads.get(stream) ?? this.headBeforeRange(event);
    if (event.version !== head.version + 1) {
      const message = `${nameOf(event)} stands in the log where version ${head.version + 1} of its stream should.`;
      return auditFault('STREAM_ORDER', message, placeOf(event));
    }
    if (event.previous !== null && !event.previous.equals(head.hash)) {
      const message = `${nameOf(event)} names another event before it than the one that is there.`;
      return auditFault('STREAM_ORDER', message, placeOf(event));
    }
    const hash = eventHash(head.hash, event);
    if (!hash.equals(event.hash)) {
      const message = `${nameOf(event)} was changed: its bytes have the hash ${short(hash)} and were stored with ${short(event.hash)}.`;
      return auditFault('EVENT_ALTERED', message, placeOf(event));
    }
    const log = logHash(this.lastLogHash, hash);
    if (!log.equals(event.logHash)) {
      const message = `${nameOf(event)} is not the event that was at position ${event.position}: another was put in its place, or the order was changed.`;
      return auditFault('LOG_ORDER', message, placeOf(event));
    }
    this.heads.set(stream, { version: event.version, hash });
    this.lastLogHash = log;
    this.frontier.add(leafHash(hash));
    return null;
  }

  /** A range that begins within a stream says what the hash before it was; the log's own hashes confirm it. */
  private headBeforeRange(event: AuditedEvent): Head {
    if (this.from === 1 || event.version === 1) return { version: 0, hash: NO_EVENT };
    return { version: event.version - 1, hash: event.previous ?? NO_EVENT };
  }
}

const placeOf = ({ position, tenant, stream, version }: AuditedEvent) => ({ position, tenant, stream, version });
const short = (hash: Buffer): string => `${hash.toString('hex').slice(0, 12)}…`;
