import { Injectable, type Provider } from '@nestjs/common';
import { InjectMetric, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Histogram } from 'prom-client';

const HTTP_REQUEST_DURATION_SECONDS = 'http_request_duration_seconds';

export const httpMetricProviders: readonly Provider[] = [
  makeHistogramProvider({
    name: HTTP_REQUEST_DURATION_SECONDS,
    help: 'Time from the request line to the end of the answer, by route pattern',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10],
  }),
];

@Injectable()
export class HttpMetrics {
  constructor(@InjectMetric(HTTP_REQUEST_DURATION_SECONDS) private readonly duration: Histogram) {}

  /** The label is the route's pattern, so that unknown addresses cannot grow the number of series. */
  observe(request: FastifyRequest, reply: FastifyReply): void {
    const route = request.is404 ? 'unknown' : (request.routeOptions.url ?? 'unknown');
    this.duration.observe(
      { method: request.method, route, status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    );
  }
}
