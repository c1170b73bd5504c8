import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { API_SCHEMAS } from '#contracts';
import { ExecutionDeadlines, OpenOutcomes, OutcomeLog, type PostgresEventStore, ReplayStore } from '#event-store';
import type { ClosesReader } from '#market-data';
import { createHttpApp, type SqlDatabase } from '#platform';
import { createCertifiedOptimiser } from '#reference-solver';
import { CommandModule } from '../command.module.js';
import type { Engine } from '../engine-pool/engine.js';
import { createInlineEngine } from '../engine-pool/inline-engine.js';
import { openEventStore } from '../open-event-store.js';
import { inlineLearner } from '../learning/inline-learner.fixture.js';

/** The command side as a process runs it, without a port. */
export interface CommandApp {
  readonly app: NestFastifyApplication;
  readonly store: PostgresEventStore;
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  put(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  json<T = ProblemBody>(): T;
}

interface ProblemBody {
  readonly type: string;
  readonly status: number;
  readonly detail: string;
  readonly code?: string;
  readonly errors: readonly { readonly pointer: string; readonly message: string; readonly accepted?: string }[];
}

export const MAX_BODY_BYTES = 4_000_000;

export async function openCommandApp(
  database: SqlDatabase,
  url: string,
  engine?: Engine,
  historyFolder: string | null = null,
  now?: () => Date,
  closes: ClosesReader | null = null,
): Promise<CommandApp> {
  const store = await openEventStore(database, url);
  const decide = engine ?? createInlineEngine(await createCertifiedOptimiser());
  const app = await createHttpApp(
    [
      CommandModule.register({
        eventStore: store,
        replays: new ReplayStore(database),
        deadlines: new ExecutionDeadlines(database),
        outcomes: { open: new OpenOutcomes(database), closes },
        learning: { outcomes: new OutcomeLog(database), learner: inlineLearner, everyHours: 0 },
        engine: decide,
        historyFolder,
        ...(now ? { now } : {}),
      }),
    ],
    {
      settings: { HOST: '127.0.0.1', MAX_BODY_BYTES, API_KEYS: [], LOG_LEVEL: 'error' },
      service: 'command',
      description: { title: 'Commands', description: 'Under test.', schemas: API_SCHEMAS },
    },
  );
  const answerOf = (answer: Awaited<ReturnType<typeof app.inject>>): Answer => ({
    status: answer.statusCode,
    headers: answer.headers,
    text: answer.body,
    json: <T>() => answer.json<T>(),
  });
  const send =
    (method: 'POST' | 'PUT') =>
    async (path: string, body: unknown, headers = {}): Promise<Answer> => {
      const payload = typeof body === 'string' ? body : JSON.stringify(body);
      const answer = await app.inject({
        method,
        url: path,
        payload,
        headers: { 'content-type': 'application/json', ...headers },
      });
      return answerOf(answer);
    };
  return {
    app,
    store,
    get: async (url) => answerOf(await app.inject({ url })),
    post: send('POST'),
    put: send('PUT'),
    close: async () => {
      await app.close();
      await store.stop();
    },
  };
}
