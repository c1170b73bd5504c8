import type { FastifyReply } from 'fastify';

/** What a command answers over HTTP, and what is kept for its idempotency key. */
export interface CommandAnswer<Body = unknown> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
  /** of the event, for read-your-write; null where it was not known in time, or nothing was stored */
  readonly position: bigint | null;
  /** a repeat of an answer given before */
  readonly replayed?: boolean;
}

/** Sets status and headers, and gives the body for Nest to send. */
export function answerWith<Body>(reply: FastifyReply, answer: CommandAnswer<Body>): Body {
  void reply.code(answer.status).headers(answer.headers);
  if (answer.position !== null) void reply.header('coordination-position', answer.position.toString());
  if (answer.replayed === true) void reply.header('idempotency-replayed', 'true');
  return answer.body;
}
