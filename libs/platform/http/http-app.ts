import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type DynamicModule, type ModuleMetadata, type Type, ValidationPipe } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { Logger } from 'nestjs-pino';
import { API_KEYS, ScopeGuard } from '../auth/scope-guard.js';
import { type HttpSettings, refuseOpenListening } from '../config/http-settings.js';
import { HealthModule } from '../health/health.js';
import { loggingModule } from '../logging/logging.module.js';
import { HttpMetrics } from '../metrics/http-metrics.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { type ApiDescription, serveApiDescription } from '../openapi/serve-api-description.js';
import { isTracing } from '../tracing/tracing.js';
import { traceRequests } from '../tracing/trace-requests.js';
import { parseJsonBodies } from './json-bodies.js';
import { ProblemFilter } from './problem-filter.js';
import { passStreamedBodies } from './streamed-bodies.js';
import { problemOfValidation } from './to-problem.js';

export interface HttpAppOptions {
  readonly settings: Pick<HttpSettings, 'HOST' | 'MAX_BODY_BYTES' | 'API_KEYS' | 'LOG_LEVEL'>;
  /** `service` of every log line */
  readonly service: string;
  readonly description: ApiDescription;
}

type FeatureModule = NonNullable<ModuleMetadata['imports']>[number];

/** Everything around the features is global, so that one module list composes into one process or several. */
class HttpPlatformModule {
  static around(features: readonly FeatureModule[], options: HttpAppOptions): DynamicModule {
    return {
      module: HttpPlatformModule,
      global: true,
      imports: [
        loggingModule({ level: options.settings.LOG_LEVEL, service: options.service }),
        HealthModule,
        MetricsModule,
        ...features,
      ],
      providers: [
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_GUARD, useClass: ScopeGuard },
        { provide: API_KEYS, useValue: options.settings.API_KEYS },
      ],
      exports: [HealthModule],
    };
  }
}

/**
 * A Nest application on Fastify, the same for every process: problem documents, request ids, security headers, API keys,
 * JSON logs, /metrics, /health, /openapi.json and /docs. Not yet listening. Throws a SettingsError where it would listen
 * openly without credentials.
 */
export async function createHttpApp(
  features: readonly (Type | DynamicModule)[],
  options: HttpAppOptions,
): Promise<NestFastifyApplication> {
  refuseOpenListening(options.settings);
  const adapter = new FastifyAdapter({
    bodyLimit: options.settings.MAX_BODY_BYTES,
    genReqId: (request: IncomingMessage) => requestId(request.headers['x-request-id']),
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
  });
  const fastify = adapter.getInstance<FastifyInstance>();
  parseJsonBodies(fastify);
  passStreamedBodies(fastify);
  const app = await NestFactory.create<NestFastifyApplication>(HttpPlatformModule.around(features, options), adapter, {
    bodyParser: false,
    bufferLogs: true,
    abortOnError: false,
  });
  app.useLogger(app.get(Logger));
  app.useGlobalPipes(
    new ValidationPipe({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      exceptionFactory: problemOfValidation,
    }),
  );
  if (isTracing()) traceRequests(fastify);
  addHooks(fastify, app.get(HttpMetrics));
  serveApiDescription(app, options.description);
  await app.init();
  await fastify.ready();
  return app;
}

/** A caller's own id is kept where it is short and plain; anything else gets a new one. */
function requestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given) ? given : randomUUID();
}

const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
} as const;

function addHooks(fastify: FastifyInstance, metrics: HttpMetrics): void {
  let closing = false;
  const connections = new Set<Socket>();
  fastify.server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  fastify.addHook('preClose', (done) => {
    closing = true;
    // a connection that was made ahead of its first request is no idle one to Node, and closing would wait for it
    for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
    done();
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id).headers(SECURITY_HEADERS);
    done();
  });
  // an answer finished while closing must not leave its connection open for another request: closing would wait for it
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) void reply.header('connection', 'close');
    done(null, payload);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    metrics.observe(request, reply);
    if (closing) request.raw.socket.end();
    done();
  });
}
