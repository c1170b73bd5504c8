import type { FieldError } from '#domain';
import { PERFORMANCE_BUCKETS, type PerformanceBucket, type PerformanceQuery } from '#read-models';

const BUCKETS_MAX = 10_000;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export interface PerformanceRangeRequest {
  readonly bucket?: PerformanceBucket;
  readonly from?: string;
  readonly to?: string;
}

/**
 * The range asked for, a day up to now by default. Gives the errors of one that is empty or of too many buckets.
 * @param nowMs epoch milliseconds
 */
export function performanceRange(
  { bucket = '1m', from, to }: PerformanceRangeRequest,
  nowMs: number,
): PerformanceQuery | readonly FieldError[] {
  const [end, start] = [to === undefined ? nowMs : Date.parse(to), from === undefined ? null : Date.parse(from)];
  const begin = start ?? end - DAY_MS;
  if (begin >= end) return [{ pointer: '/from', message: 'must be before to', accepted: 'a time before to' }];
  if ((end - begin) / (PERFORMANCE_BUCKETS[bucket] * MINUTE_MS) > BUCKETS_MAX) {
    const message = `gives more than ${BUCKETS_MAX} buckets in this range`;
    return [{ pointer: '/bucket', message, accepted: 'a wider bucket or a shorter range' }];
  }
  return { bucket, from: from ?? new Date(begin).toISOString(), to: to ?? new Date(end).toISOString() };
}
