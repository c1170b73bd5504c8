import {
  type Attributes,
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { optionalUrlSetting, type SettingsOf } from '../config/settings.js';
import type { Stoppable } from '../shutdown/stop-on-signals.js';

/** Off by default. Named as OpenTelemetry names it, so that what sets it for other services sets it here. */
export const tracingSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    ...optionalUrlSetting(
      'where traces are sent to, as OTLP over HTTP; default nowhere, and then none are made',
      ['http:', 'https:'],
      'http://collector:4318',
    ),
    secret: false,
  },
} as const;

export type TracingSettings = SettingsOf<typeof tracingSettings>;

const TRACER = 'coordination-engine';
let started = false;

/** Whether traces are made in this process. */
export const isTracing = (): boolean => started;

/** Makes and sends traces from here on; close it last, so that what ends the others is sent too. Null where they are off. */
export async function startTracing(
  service: string,
  { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }: TracingSettings,
): Promise<Stoppable | null> {
  if (endpoint === '') return null;
  // loaded where it is wanted: most processes have nothing to do with it
  const [{ BatchSpanProcessor, NodeTracerProvider }, { OTLPTraceExporter }, { resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/sdk-trace-node'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
  const exporter = new OTLPTraceExporter({ url: new URL('v1/traces', `${endpoint.replace(/\/$/, '')}/`).href });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': `coordination-${service}` }),
    spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: 1_000 })],
  });
  provider.register();
  started = true;
  // a collector that is away must not keep the process from ending
  return { close: () => provider.shutdown().catch(() => undefined) };
}

/** Does the work within a span of its own; its failure is the span's. */
export async function withSpan<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  if (!started) return work();
  return trace.getTracer(TRACER).startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.recordException(error instanceof Error ? error : String(error));
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** A span of what was done for somebody who went on long ago, such as the writer of an event. @param startedAt epoch ms */
export function recordSpan(
  name: string,
  traceparent: string | undefined,
  startedAt: number,
  attributes: Attributes,
): void {
  if (!started || traceparent === undefined) return;
  const parent = contextOf({ traceparent });
  trace.getTracer(TRACER).startSpan(name, { kind: SpanKind.CONSUMER, startTime: startedAt, attributes }, parent).end();
}

/** The active span in the form of W3C Trace Context; undefined where there is none. */
export function currentTraceparent(): string | undefined {
  if (!started) return undefined;
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier['traceparent'];
}

/** Begins the span of a request, a child of what its headers name. */
export function startServerSpan(
  name: string,
  headers: object,
  attributes: Attributes,
): { span: Span; context: Context } {
  const parent = contextOf(headers);
  const span = trace.getTracer(TRACER).startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
  return { span, context: trace.setSpan(parent, span) };
}

/** Runs what comes next, and everything it leads to, as part of the context. */
export const within = (active: Context, next: () => void): void => context.with(active, next);

const contextOf = (carrier: object): Context => propagation.extract(ROOT_CONTEXT, carrier);
