import { Readable } from 'node:stream';
import type { CoordinationRecord } from '#read-models';

type After = (position: bigint) => Promise<{ readonly records: readonly CoordinationRecord[]; readonly upTo: bigint }>;

/** how long a browser waits before it connects again */
const RETRY_MS = 2_000;

/**
 * The text of one stream of server-sent events. It asks for more only when what it gave was taken, so that a client that
 * does not read holds one batch and no more.
 */
export class StreamClient extends Readable {
  private position: bigint | null = null;
  private wanted = false;
  private asking = false;
  private missed = false;
  private ended = false;

  constructor(private readonly after: After) {
    super({ encoding: 'utf8' });
  }

  /** Begins after a position. The empty event tells it, so that a client that saw nothing yet resumes there too. */
  start(after: bigint): void {
    this.position = after;
    this.wanted = this.push(`retry: ${RETRY_MS}\nid: ${after}\n\n`);
    this.more();
  }

  /** There may be something new. */
  more(): void {
    this.missed = true;
    this.ask();
  }

  /** A comment; proxies and clients know by it that the connection is alive. */
  heartbeat(): void {
    if (this.position !== null && this.wanted && !this.ended)
      this.wanted = this.push(`: heartbeat\nid: ${this.position}\n\n`);
  }

  finish(): void {
    this.ended = true;
    this.push(null);
  }

  override _read(): void {
    this.wanted = true;
    this.ask();
  }

  private ask(): void {
    if (this.position === null || !this.wanted || this.asking || !this.missed || this.ended) return;
    this.asking = true;
    this.missed = false;
    this.after(this.position).then(
      ({ records, upTo }) => {
        this.asking = false;
        if (this.destroyed || this.ended) return;
        // a whole batch at once; the next one waits until this one is taken
        if (records.length > 0) {
          this.missed = true;
          this.wanted = this.push(records.map(eventText).join(''));
        }
        this.position = upTo;
        this.ask();
      },
      (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  }
}

const eventText = (record: CoordinationRecord): string =>
  `id: ${record.position}\nevent: coordination_completed\ndata: ${JSON.stringify(record)}\n\n`;
