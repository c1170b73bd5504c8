import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { toProblem } from './to-problem.js';

/** Answers everything thrown in a request as `application/problem+json`. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = toProblem(thrown);
    if (problem.getStatus() >= 500) this.log(problem, thrown);
    // a stream already under way cannot change its mind: cut it, so that the client sees it is incomplete
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    if (problem.details.retryAfter !== undefined) void reply.header('retry-after', String(problem.details.retryAfter));
    if (problem.problem === 'unauthenticated') void reply.header('www-authenticate', 'Bearer');
    const document = problem.toDocument({ instance: pathOf(request.url), requestId: request.id });
    // bytes, because Fastify adds a charset to text and this media type has none
    void reply
      .code(problem.getStatus())
      .header('content-type', 'application/problem+json')
      .send(Buffer.from(JSON.stringify(document)));
  }

  /** An overload is announced, not a defect: no stack. */
  private log(problem: ReturnType<typeof toProblem>, thrown: unknown): void {
    if (problem.problem === 'internal-error') this.logger.error(thrown);
    else this.logger.warn(`${problem.problem}: ${problem.message}`);
  }
}

const pathOf = (url: string): string => url.split('?', 1)[0] ?? url;
