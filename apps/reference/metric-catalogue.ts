import type { FactoryProvider, Provider } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { coordinationMetricProviders, httpMetricProviders } from '#platform';
import { auditMetricProviders } from '../command/audit/audit-metrics.js';
import { engineMetricProviders } from '../command/engine-pool/engine-metrics.js';
import { executionMetricProviders } from '../command/execution/execution-metrics.js';
import { outcomeMetricProviders } from '../command/outcomes/outcome-metrics.js';
import { learningMetricProviders } from '../command/learning/learning-metrics.js';
import { marketDataMetricProviders } from '../command/market-data/market-data-metrics.js';
import { clockMetricProviders } from '../command/clock/clock-watch.js';
import { relayMetricProviders } from '../command/relay/relay-metrics.js';
import { riskModelMetricProviders } from '../command/risk-model/risk-model-metrics.js';
import { projectorMetricProviders } from '../projector/projector-metrics.js';
import { queryMetricProviders } from '../query/query-metrics.js';

/** A metric of one of the processes, as it is exposed. */
export interface MetricEntry {
  /** the process that has it */
  readonly process: 'command' | 'projector' | 'query' | 'all';
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
}

const GROUPS: readonly (readonly [MetricEntry['process'], readonly Provider[]])[] = [
  ['command', coordinationMetricProviders],
  ['command', engineMetricProviders],
  ['command', executionMetricProviders],
  ['command', outcomeMetricProviders],
  ['command', learningMetricProviders],
  ['command', auditMetricProviders],
  ['command', relayMetricProviders],
  ['command', clockMetricProviders],
  ['command', marketDataMetricProviders],
  ['command', riskModelMetricProviders],
  ['projector', projectorMetricProviders],
  ['query', queryMetricProviders],
  ['all', httpMetricProviders],
];

/** What prom-client keeps of a metric and its types do not show. */
interface DefinedMetric {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

/** Every metric that the service defines itself; what prom-client says of the Node process comes besides. */
export function metricCatalogue(): readonly MetricEntry[] {
  return GROUPS.flatMap(([process, providers]) =>
    providers.map((provider) => {
      const metric = (provider as FactoryProvider<DefinedMetric>).useFactory() as DefinedMetric;
      return { process, name: metric.name, type: typeOf(metric), labels: metric.labelNames, help: metric.help };
    }),
  );
}

function typeOf(metric: DefinedMetric): MetricEntry['type'] {
  if (metric instanceof Counter) return 'counter';
  return metric instanceof Gauge ? 'gauge' : 'histogram';
}
