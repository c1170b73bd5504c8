import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { useDark } from './use-dark.js';

interface Series {
  readonly name: string;
  readonly values: readonly (number | null)[];
  readonly bars?: boolean;
}

interface ChartProps {
  readonly title: string;
  /** seconds of the epoch */
  readonly times: readonly number[];
  /** seconds of the epoch: where the axis begins and ends */
  readonly range: readonly [number, number];
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
}

const HEIGHT_PX = 180;
const COLOURS = ['--series-1', '--series-2'];

const DAY_SECONDS = 86_400;

/** In UTC: days by their date, hours by the clock, midnight by both. */
function tick(at: number, stepSeconds: number): string {
  const text = new Date(at * 1000).toISOString();
  if (stepSeconds >= DAY_SECONDS) return text.slice(5, 10);
  return at % DAY_SECONDS === 0 ? `${text.slice(5, 10)} 00:00` : text.slice(11, 16);
}

/** A plot over time, and the same numbers as text for those who cannot see it. */
export function Chart({ title, times, range, series, format }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const dark = useDark();
  useEffect(() => {
    const target = place.current;
    if (target === null) return;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    const axis = { stroke: colour('--muted'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } };
    const plot = new uPlot(
      {
        width: target.clientWidth,
        height: HEIGHT_PX,
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
        cursor: { y: false },
        axes: [
          { ...axis, values: (_, ticks, __, ___, step) => ticks.map((at) => tick(at, step)) },
          { ...axis, size: 66, values: (_, ticks) => ticks.map(format) },
        ],
        series: [
          {
            label: 'UTC',
            value: (_, at) => (at === null ? '–' : new Date(at * 1000).toISOString().slice(0, 16).replace('T', ' ')),
          },
          ...series.map(({ name, bars }, index) => {
            const stroke = colour(COLOURS[index] ?? '--series-1');
            return {
              label: name,
              stroke,
              width: 2,
              value: (_: uPlot, value: number | null) => (value === null ? '–' : format(value)),
              ...(bars && uPlot.paths.bars
                ? { fill: stroke, paths: uPlot.paths.bars({ size: [0.6, 40] }), points: { show: false } }
                : { points: { show: times.length < 60, size: 6 } }),
            };
          }),
        ],
        scales: {
          x: { range: () => [range[0], range[1]] },
          y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.1 : 1] },
        },
      },
      [[...times], ...series.map(({ values }) => [...values])],
      target,
    );
    const resized = new ResizeObserver(() => plot.setSize({ width: target.clientWidth, height: HEIGHT_PX }));
    resized.observe(target);
    return () => {
      resized.disconnect();
      plot.destroy();
    };
  }, [times, range, series, format, dark]);
  const newest = series.map(({ name, values }) => `${name} ${format(values.at(-1) ?? 0)}`).join(', ');
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div ref={place} role="img" aria-label={`${title}: ${times.length} points, the newest ${newest}`} />
    </figure>
  );
}
