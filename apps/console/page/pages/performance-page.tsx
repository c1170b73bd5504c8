import { useMemo, useState } from 'preact/hooks';
import { number, percent } from '../format.js';
import { Chart } from '../parts/chart.js';
import { Empty, Failure, Figures, Loading } from '../parts/states.js';
import { useApi } from '../use-api.js';

interface Bucket {
  readonly timestamp: string;
  readonly coordination_quality: number;
  readonly avg_processing_time_ms: number;
  readonly max_processing_time_ms: number;
  readonly decisions_per_minute: number;
  readonly portfolio_utilization: number;
  readonly risk_budget_utilization: number;
  readonly coordinations: number;
  readonly decisions: number;
  readonly signals_processed: number;
  readonly signals_rejected: number;
}

const HOUR_MS = 3_600_000;
const RANGES = {
  '1 hour': { ms: HOUR_MS, bucket: '1m' },
  '1 day': { ms: 24 * HOUR_MS, bucket: '15m' },
  '1 week': { ms: 7 * 24 * HOUR_MS, bucket: '1h' },
  '90 days': { ms: 90 * 24 * HOUR_MS, bucket: '1d' },
} as const;
type Range = keyof typeof RANGES;
const NAMES = Object.keys(RANGES) as Range[];

const share = (value: number): string => percent(value, 0);
const plain = (value: number): string => number(value, value < 10 ? 2 : 0);
const milliseconds = (value: number): string => `${number(value)} ms`;

/** How coordinations did over time. */
export function PerformancePage() {
  const [range, setRange] = useState<Range>('1 day');
  const [asked, setAsked] = useState(() => Date.now());
  const { ms, bucket } = RANGES[range];
  const from = new Date(asked - ms).toISOString();
  const { value, error, again } = useApi<{ readonly buckets: readonly Bucket[] }>(
    `/performance?bucket=${bucket}&from=${from}`,
    30_000,
  );
  const buckets = value?.buckets;
  const choose = (next: Range): void => {
    setAsked(Date.now());
    setRange(next);
  };
  return (
    <section>
      <div class="title">
        <h1>Performance</h1>
        <div class="choices" role="group" aria-label="Range">
          {NAMES.map((name) => (
            <button key={name} type="button" aria-pressed={name === range} onClick={() => choose(name)}>
              {name}
            </button>
          ))}
        </div>
      </div>
      {error !== null && <Failure error={error} again={again} />}
      {buckets === undefined && error === null && <Loading what="the measurements" />}
      {buckets?.length === 0 && (
        <Empty title={`Nothing was coordinated in the last ${range.replace(/^1 /, '')}`}>
          <p>Choose a longer range.</p>
        </Empty>
      )}
      {buckets !== undefined && buckets.length > 0 && <Plots buckets={buckets} from={asked - ms} />}
    </section>
  );
}

function Plots({ buckets, from }: { readonly buckets: readonly Bucket[]; readonly from: number }) {
  const range = useMemo((): [number, number] => [from / 1000, Date.now() / 1000], [buckets, from]);
  const times = useMemo(() => buckets.map(({ timestamp }) => Date.parse(timestamp) / 1000), [buckets]);
  const plots = useMemo(() => {
    const of = (field: Exclude<keyof Bucket, 'timestamp'>) => buckets.map((each) => each[field]);
    return [
      {
        title: 'Quality of coordination',
        format: plain,
        series: [{ name: 'quality', values: of('coordination_quality') }],
      },
      {
        title: 'Time from request to committed events',
        format: milliseconds,
        series: [
          { name: 'mean', values: of('avg_processing_time_ms') },
          { name: 'greatest', values: of('max_processing_time_ms') },
        ],
      },
      {
        title: 'Use of the portfolio and of the risk budget',
        format: share,
        series: [
          { name: 'invested', values: of('portfolio_utilization') },
          { name: 'risk budget', values: of('risk_budget_utilization') },
        ],
      },
      {
        title: 'Decisions',
        format: plain,
        series: [{ name: 'decisions', values: of('decisions'), bars: true }],
      },
      {
        title: 'Signals',
        format: plain,
        series: [
          { name: 'processed', values: of('signals_processed') },
          { name: 'refused', values: of('signals_rejected') },
        ],
      },
    ];
  }, [buckets]);
  const total = (field: 'coordinations' | 'decisions' | 'signals_processed' | 'signals_rejected'): number =>
    buckets.reduce((sum, each) => sum + each[field], 0);
  return (
    <>
      <Figures
        of={[
          { name: 'Coordinations', value: number(total('coordinations')) },
          { name: 'Decisions', value: number(total('decisions')) },
          { name: 'Signals', value: number(total('signals_processed')) },
          { name: 'Refused', value: number(total('signals_rejected')) },
          {
            name: 'Slowest',
            value: milliseconds(Math.max(...buckets.map(({ max_processing_time_ms }) => max_processing_time_ms))),
          },
        ]}
      />
      <div class="charts">
        {plots.map((plot) => (
          <Chart key={plot.title} times={times} range={range} {...plot} />
        ))}
      </div>
    </>
  );
}
