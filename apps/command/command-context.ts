import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { EventMetadata } from '#domain';
import { ENGINE_VERSION } from '#engine';
import { currentTraceparent, principalOf } from '#platform';

/** Who asks, under which request id, since when. */
export interface CommandContext {
  readonly actor: string;
  readonly correlationId: string;
  /** performance.now() when the body was parsed */
  readonly startedAt: number;
}

/** Injects the context of the request; guards ran, so that the principal is known. */
export const RequestContext = createParamDecorator((_: unknown, context: ExecutionContext): CommandContext => {
  const request = context.switchToHttp().getRequest<FastifyRequest>();
  return { actor: principalOf(request).name, correlationId: request.id, startedAt: performance.now() };
});

/** For commands that no request carries, such as those of a start. */
export const internalContext = (actor: string, correlationId: string): CommandContext => ({
  actor,
  correlationId,
  startedAt: performance.now(),
});

export function eventMetadata(context: CommandContext, processingTimeMs?: number): EventMetadata {
  const traceparent = currentTraceparent();
  return {
    correlation_id: context.correlationId,
    actor: context.actor,
    engine_version: ENGINE_VERSION,
    runtime_version: process.version,
    ...(processingTimeMs === undefined ? {} : { processing_time_ms: processingTimeMs }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}
