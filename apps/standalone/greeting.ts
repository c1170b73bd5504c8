import { relative } from 'node:path';
import { MarketDataStore } from '#market-data';
import { type Answer, coordinationReport, reportContext } from '../cli/report/coordination-report.js';
import type { DemonstrationResult } from './demonstrate.js';
import type { Standalone } from './standalone.js';

/** The first coordination of the demonstration, as the command line would show it. */
export function demonstrationText({ demo, response }: DemonstrationResult, width: number): string {
  const last = demo.market.bars.days.length - 1;
  const closes = demo.market.bars.close.subarray(last * demo.market.instruments.length);
  const prices = new Map(demo.market.instruments.map(({ instrument_id }, i) => [instrument_id, closes[i] as number]));
  const answer: Answer = response;
  return [
    `A demonstration: ${demo.market.instruments.length} made-up instruments over ${last + 1} days, a portfolio of ` +
      `${demo.portfolio.positions.length} positions, ${demo.signals.length} signals of ${countSources(demo)} sources.`,
    '',
    coordinationReport(answer, reportContext(demo.portfolio, prices), { width }),
  ].join('\n');
}

const countSources = (demo: DemonstrationResult['demo']): number =>
  new Set(demo.signals.map((signal) => signal.source)).size;

/** What a folder held already when it was opened. */
export async function contentText({ stores, eventStore }: Standalone): Promise<string> {
  const [events, extent, [sessions]] = await Promise.all([
    eventStore.lastPosition(),
    new MarketDataStore(stores.command).extent(),
    stores.command.query<{ count: number; last: string | null }>(
      `select count(*)::int as count,
              (select coordination_id from coordination_sessions order by created_at desc, coordination_id desc limit 1) as last
       from coordination_sessions`,
    ),
  ]);
  if (events === 0n) return 'No events yet.';
  const count = sessions?.count ?? 0;
  const last = sessions?.last ?? null;
  const coordinations = `${count} ${count === 1 ? 'coordination' : 'coordinations'}`;
  const bars =
    extent.bars === 0 ? '' : `, ${extent.bars} bars of ${extent.instruments} instruments up to ${extent.lastDay}`;
  return `As it was left: ${coordinations} in ${events} events${bars}.${last === null ? '' : ` The last: ${last}.`}`;
}

/** Where to go from here. */
export function addressText(url: string, folder: string, seconds: number, coordinationId: string | null): string {
  const shown = relative(process.cwd(), folder);
  const rows = [
    ['console', `${url}/console/`],
    ['API', url],
    ['API reference', `${url}/docs`],
    ['metrics', `${url}/metrics`],
    ['health', `${url}/health/ready`],
    ...(coordinationId === null
      ? []
      : [
          ['this coordination', `${url}/coordination/${coordinationId}`],
          ['its decisions', `${url}/decisions`],
        ]),
    ['data', shown.startsWith('..') || shown === '' ? folder : shown],
  ] as const;
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    `Ready after ${seconds.toFixed(1)} s. Ctrl-C stops it.`,
    ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
  ].join('\n');
}
