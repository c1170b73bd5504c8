import { createParser } from 'eventsource-parser';
import { ApiError, call } from './api.js';
import type { CoordinationRecord } from './types.js';

export type FeedState = 'CONNECTING' | 'LIVE' | 'GONE';

const RETRY_MS = 2_000;
/** twice the heartbeat of the service, and some */
const SILENCE_MS = 40_000;

/**
 * Follows GET /stream and connects again when it ends, going on after the last position it saw. Not EventSource, which
 * cannot send an API key and does not tell why it failed.
 */
export class Feed {
  private readonly stopped = new AbortController();

  constructor(
    private lastEventId: string,
    private readonly on: {
      readonly completed: (record: CoordinationRecord) => void;
      readonly state: (state: FeedState, why: string) => void;
    },
  ) {
    void this.run();
  }

  stop(): void {
    this.stopped.abort();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      let why = 'The connection ended.';
      try {
        await this.connection();
      } catch (error) {
        if (error instanceof ApiError) why = `${error.message}. ${error.detail}`;
      }
      if (signal.aborted) return;
      this.on.state('GONE', why);
      await new Promise((wake) => setTimeout(wake, RETRY_MS));
    }
  }

  private async connection(): Promise<void> {
    const abort = new AbortController();
    const end = (): void => abort.abort();
    this.stopped.signal.addEventListener('abort', end);
    let silence = setTimeout(end, SILENCE_MS);
    try {
      const response = await call('/stream', { signal: abort.signal, headers: { 'last-event-id': this.lastEventId } });
      this.on.state('LIVE', '');
      const parser = createParser({
        onEvent: ({ id, event, data }) => {
          if (id !== undefined) this.lastEventId = id;
          if (event === 'coordination_completed') this.on.completed(JSON.parse(data) as CoordinationRecord);
        },
      });
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
        if (done) return;
        clearTimeout(silence);
        silence = setTimeout(end, SILENCE_MS);
        parser.feed(value);
      }
    } finally {
      clearTimeout(silence);
      this.stopped.signal.removeEventListener('abort', end);
    }
  }
}
