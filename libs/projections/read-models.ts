import type { RecordedEvent } from '#domain';
import type { CacheChange } from './cache/cache-change.js';
import { coordinationParametersCache } from './cache/coordination-parameters-cache.js';
import { marketModelCache } from './cache/market-model-cache.js';
import { portfolioStateCache } from './cache/portfolio-state-cache.js';
import { recentDecisionsCache } from './cache/recent-decisions-cache.js';
import { configurationRows } from './configurations.js';
import { coordinationRows } from './coordinations.js';
import { decisionRows } from './decisions.js';
import { executionChangeRows, executionFillRows, executionRows } from './executions.js';
import { learnedStateRows } from './learned-states.js';
import { marketModelRows } from './market-model/market-model-current.js';
import { riskModelRows } from './market-model/risk-models.js';
import { outcomeRows } from './outcomes.js';
import { performanceRows } from './performance.js';
import { portfolioChangeRows } from './portfolio-changes.js';
import { portfolioStateRows } from './portfolio-states.js';
import { rebalanceRequestRows } from './rebalance-requests.js';
import { rejectedSignalRows } from './rejected-signals.js';
import type { RowChange } from './row-change.js';

const tables = [
  coordinationRows,
  decisionRows,
  performanceRows,
  rejectedSignalRows,
  portfolioStateRows,
  portfolioChangeRows,
  marketModelRows,
  riskModelRows,
  configurationRows,
  rebalanceRequestRows,
  executionRows,
  executionFillRows,
  executionChangeRows,
  outcomeRows,
  learnedStateRows,
];

const caches = [portfolioStateCache, coordinationParametersCache, recentDecisionsCache, marketModelCache];

/** Everything that an event changes in the tables of the query side. */
export function rowChanges(event: RecordedEvent): readonly RowChange[] {
  return tables.flatMap((project) => project(event));
}

/** Everything that an event changes in the cache. */
export function cacheChanges(event: RecordedEvent): readonly CacheChange[] {
  return caches.flatMap((project) => project(event));
}
