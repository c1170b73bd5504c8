import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { packageRoot } from '#platform';
import { withPostgres } from '#testing';
import { sampleRequest } from '../command/e2e/sample-request.js';
import { buildIfMissing } from './build-if-missing.fixture.js';
import { type ServiceName, ServiceProcess } from './service-process.js';

interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly service: string;
}
interface Payload {
  readonly resourceSpans: readonly {
    readonly resource: {
      readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
    };
    readonly scopeSpans: readonly { readonly spans: readonly Omit<SentSpan, 'service'>[] }[];
  }[];
}

/** on a machine that does much else besides */
const SLOW_MS = 120_000;

describe('the trace of a request', () => {
  const postgres = withPostgres();
  const sent: SentSpan[] = [];
  const started: ServiceProcess[] = [];
  let collector: Server;
  let endpoint = '';
  beforeAll(async () => {
    buildIfMissing();
    collector = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString()) as Payload;
        for (const { resource, scopeSpans } of resourceSpans) {
          const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
          sent.push(...scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...span, service }))));
        }
        response.end('{}');
      });
    });
    await new Promise<void>((listening) => collector.listen(0, '127.0.0.1', listening));
    endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  }, SLOW_MS);
  afterAll(async () => {
    for (const each of started) await each.signal('SIGKILL');
    await new Promise((closed) => collector.close(closed));
  });
  const start = (name: ServiceName): Promise<ServiceProcess> => {
    const environment = {
      DATABASE_URL: postgres.url,
      REDIS_URL: 'redis://127.0.0.1:1',
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    };
    const made = ServiceProcess.spawn(join(packageRoot(), 'dist'), name, environment);
    started.push(made);
    return made.listens();
  };

  it(
    'goes from its caller through the decision and the log to the read model',
    async () => {
      const [command] = await Promise.all([start('command'), start('projector')]);
      const traceId = '0af7651916cd43dd8448eb211c80319c';
      const caller = 'b7ad6b7169203331';
      const answer = await fetch(`${command.url}/coordinate`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', traceparent: `00-${traceId}-${caller}-01` },
        body: JSON.stringify(sampleRequest()),
      });
      expect(answer.status).toBe(201);
      const ours = () => sent.filter((span) => span.traceId === traceId);
      while (ours().length < 6) await new Promise((wake) => setTimeout(wake, 50));
      const [request] = ours().filter(({ name }) => name === 'POST /coordinate');
      expect(request).toMatchObject({ service: 'coordination-command', parentSpanId: caller });
      const children = ours().filter(({ parentSpanId }) => parentSpanId === request?.spanId);
      expect(children.map(({ service, name }) => `${service} ${name}`).sort()).toEqual([
        'coordination-command append',
        'coordination-command decide',
        'coordination-command gather',
        'coordination-projector fold coordination_completed',
        'coordination-projector fold coordination_requested',
      ]);
    },
    SLOW_MS,
  );

  it('of health and metrics is not made', () => {
    expect(sent.filter(({ name }) => /health|metrics/.test(name))).toEqual([]);
  });
});
