import {
  type CallHandler,
  createParamDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { ProblemException } from '#platform';
import { QueryMetrics } from '../query-metrics.js';
import { PositionGate } from './position-gate.js';

const HEADER = 'coordination-position';
const RETRY_AFTER_SECONDS = 1;

/** Positions stay below 2^63 in the database. */
const POSITION = /^\d{1,18}$/;

function positionOf(request: FastifyRequest): bigint | null {
  const given = request.headers[HEADER];
  if (given === undefined) return null;
  if (typeof given !== 'string' || !POSITION.test(given)) {
    throw new ProblemException('invalid-header', {
      detail: 'Coordination-Position is a decimal number, as a command answered it.',
    });
  }
  return BigInt(given);
}

/** Injects the position that the answer must hold; null where the request names none. */
export const RequiredPosition = createParamDecorator((_: unknown, context: ExecutionContext): bigint | null =>
  positionOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

/** Read your own write: a query with the `Coordination-Position` of a command's answer waits until it can be seen. */
@Injectable()
export class CoordinationPositionInterceptor implements NestInterceptor {
  constructor(
    @Inject(PositionGate) private readonly gate: PositionGate,
    @Inject(QueryMetrics) private readonly metrics: QueryMetrics,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const position = positionOf(context.switchToHttp().getRequest<FastifyRequest>());
    if (position !== null) await this.waitFor(position);
    return next.handle();
  }

  private async waitFor(position: bigint): Promise<void> {
    const started = performance.now();
    const reached = await this.gate.reached(position);
    this.metrics.waited(reached, performance.now() - started);
    if (reached) return;
    throw new ProblemException('not-ready', {
      detail: `The read models do not hold position ${position} yet.`,
      retryAfter: RETRY_AFTER_SECONDS,
    });
  }
}
