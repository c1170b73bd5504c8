import type { Readable } from 'node:stream';
import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiConsumes } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemException } from './problem-exception.js';

const MEDIA_TYPES = ['application/x-ndjson', 'text/csv'] as const;
export type StreamedMediaType = (typeof MEDIA_TYPES)[number];

/** The handler takes its body as it comes, by `streamedBody`: nothing holds it in memory, and MAX_BODY_BYTES is not asked. */
export const StreamedBody = (): MethodDecorator =>
  applyDecorators(RouteConfig({ streamedBody: true }), ApiConsumes(...MEDIA_TYPES));

/** Lets bodies of these types through to the handlers that stream; anybody else refuses them as before. */
export function passStreamedBodies(fastify: FastifyInstance): void {
  fastify.addContentTypeParser([...MEDIA_TYPES], (request, payload, done) => {
    const { streamedBody } = request.routeOptions.config as { readonly streamedBody?: boolean };
    if (streamedBody === true) done(null, payload);
    else done(new ProblemException('unsupported-media-type'));
  });
}

/** @throws ProblemException where the body is of another type, or there is none */
export function streamedBody(request: FastifyRequest): { type: StreamedMediaType; body: AsyncIterable<Uint8Array> } {
  const type = MEDIA_TYPES.find((each) => request.headers['content-type']?.toLowerCase().startsWith(each));
  if (type === undefined) {
    throw new ProblemException('unsupported-media-type', {
      detail: `The body of this call is ${MEDIA_TYPES.join(' or ')}; name it in Content-Type.`,
    });
  }
  return { type, body: piecesOf(request.body as Readable) };
}

/** Who stops reading wants to answer still: the request is not destroyed, which takes its connection along, but read out. */
async function* piecesOf(body: Readable): AsyncGenerator<Uint8Array> {
  try {
    yield* body.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Uint8Array>;
  } finally {
    body.resume();
  }
}
