/** A key of the cache and how long it lives. */
export interface CacheKey {
  readonly key: string;
  readonly ttlSeconds: number;
}

const MINUTE_SECONDS = 60;

export const PORTFOLIO_STATE_KEY: CacheKey = { key: 'portfolio_state:current', ttlSeconds: MINUTE_SECONDS };

export const CORRELATION_MATRIX_KEY: CacheKey = { key: 'correlation_matrix:current', ttlSeconds: 15 * MINUTE_SECONDS };

export const coordinationParametersKey = (configName: string): CacheKey => ({
  key: `coord_params:${configName}`,
  ttlSeconds: 30 * MINUTE_SECONDS,
});

const RECENT_DECISIONS_PREFIX = 'recent_decisions:';

export const recentDecisionsKey = (instrumentId: string): CacheKey => ({
  key: `${RECENT_DECISIONS_PREFIX}${instrumentId}`,
  ttlSeconds: 5 * MINUTE_SECONDS,
});

/** The instrument of a `recent_decisions` key; null for any other key. */
export const instrumentOfRecentDecisions = (key: string): string | null =>
  key.startsWith(RECENT_DECISIONS_PREFIX) ? key.slice(RECENT_DECISIONS_PREFIX.length) : null;

/** How many decisions a `recent_decisions` list holds, newest first. */
export const RECENT_DECISIONS_LIMIT = 50;

export const riskMetricsKey = (instrumentId: string): CacheKey => ({
  key: `risk_metrics:${instrumentId}`,
  ttlSeconds: 10 * MINUTE_SECONDS,
});
