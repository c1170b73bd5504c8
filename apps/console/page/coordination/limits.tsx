import { basisPoints, number, percent } from '../format.js';
import { Bar } from '../parts/bar.js';
import { type Column, Table } from '../parts/table.js';
import type { Limit } from '../types.js';

const SECTOR = 'sector:';

/** The weight of each sector against its limit, where sectors have one. */
export function SectorBars({ limits }: { readonly limits: readonly Limit[] }) {
  const sectors = limits.filter(({ name }) => name.startsWith(SECTOR));
  if (sectors.length === 0) return null;
  return (
    <>
      <h2>Sectors</h2>
      <ul class="bars">
        {sectors.map(({ name, value, bound }) => (
          <li key={name}>
            <span>{name.slice(SECTOR.length)}</span>
            <Bar value={value} bound={bound} />
            <span class="num">
              {percent(value, 1)} <small>of {percent(bound, 1)}</small>
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

const state = (limit: Limit): string => {
  if (limit.relaxed_by > 0) return `relaxed by ${percent(limit.relaxed_by)}`;
  if (limit.shadow_price > 0) return 'binds';
  return limit.broken_before ? 'cured' : 'kept';
};

const COLUMNS: readonly Column<Limit>[] = [
  { name: 'Limit', width: 2, by: ({ name }) => name, cell: ({ name }) => name },
  { name: 'Value', numeric: true, by: ({ value }) => value, cell: ({ value }) => number(value, 4) },
  { name: 'Bound', numeric: true, by: ({ bound }) => bound, cell: ({ bound }) => number(bound, 4) },
  { name: 'Used', width: 1.5, cell: ({ value, bound }) => <Bar value={value} bound={bound} /> },
  { name: 'Slack', numeric: true, by: ({ slack }) => slack, cell: ({ slack }) => number(slack, 4) },
  {
    name: 'Price of 1 %',
    numeric: true,
    by: ({ shadow_price }) => shadow_price,
    // utility a unit of the limit, times 0.01, in basis points
    cell: ({ shadow_price }) => (shadow_price === 0 ? '–' : basisPoints(shadow_price * 0.01 * 1e4, 2)),
  },
  {
    name: 'Without it',
    numeric: true,
    by: ({ without }) => without?.utility_bps ?? 0,
    cell: ({ without }) => (without === undefined ? '–' : basisPoints(without.utility_bps, 2)),
  },
  { name: 'State', width: 1.2, by: state, cell: (limit) => <span class={tone(limit)}>{state(limit)}</span> },
];

const tone = (limit: Limit): string => (limit.relaxed_by > 0 ? 'bad' : limit.shadow_price > 0 ? 'warn' : 'muted');

/** Every limit: how far it is used, and what more of it would bring. */
export function Limits({ limits }: { readonly limits: readonly Limit[] }) {
  if (limits.length === 0) return null;
  return (
    <>
      <h2>
        Limits <small>{number(limits.length)}</small>
      </h2>
      <Table label="Limits" columns={COLUMNS} rows={limits} keyOf={({ name }) => name} />
    </>
  );
}
