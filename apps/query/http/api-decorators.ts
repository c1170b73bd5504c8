import { applyDecorators } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';

/** Describes the header that CoordinationPositionInterceptor obeys. */
export const ReadsOwnWrites = (): MethodDecorator & ClassDecorator =>
  applyDecorators(
    ApiHeader({
      name: 'Coordination-Position',
      required: false,
      description:
        'The position a command answered. The query waits, up to five seconds, until it can see what that command wrote; then 503 with Retry-After.',
      schema: { type: 'string', pattern: '^[0-9]{1,18}$' },
    }),
  );

/** Describes the header of answers that may come from the cache. */
export const SERVED_FROM = {
  'X-Served-From': {
    description: 'Whether the answer was cached or read from the database.',
    schema: { type: 'string' as const, enum: ['cache', 'database'] },
  },
};
