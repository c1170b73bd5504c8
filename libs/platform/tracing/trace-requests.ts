import { SpanStatusCode } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { startServerSpan, within } from './tracing.js';

/** Nobody wants to follow these. */
const LEFT_OUT = /^\/(health|metrics|docs|openapi)/;

/** A span for every request, the parent of whatever it leads to. */
export function traceRequests(fastify: FastifyInstance): void {
  const spans = new WeakMap<FastifyRequest, ReturnType<typeof startServerSpan>['span']>();
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (LEFT_OUT.test(request.url)) return done();
    // the pattern, so that identifiers do not become names
    const route = request.is404 ? 'unknown' : (request.routeOptions.url ?? 'unknown');
    const started = startServerSpan(`${request.method} ${route}`, request.headers, {
      'http.request.method': request.method,
      'http.route': route,
      'coordination.request_id': request.id,
    });
    spans.set(request, started.span);
    within(started.context, done);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request);
    span?.setAttribute('http.response.status_code', reply.statusCode);
    if (reply.statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
    done();
  });
}
