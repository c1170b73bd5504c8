import type { ReturnHistory } from '../input.js';

export interface HistoricalRisk {
  /** loss of the 5 % quantile day, a positive fraction of NAV (negative where even that day gained) */
  readonly var95: number;
  /** mean loss of that day and the worse ones */
  readonly cvar95: number;
  /** the five worst days, worst first */
  readonly worstDays: readonly { readonly date: string; readonly return: number }[];
  /** days that could be used */
  readonly days: number;
}

const TAIL = 0.05;
const WORST_SHOWN = 5;
/** fewer days than this have no 5 % quantile to speak of */
const MIN_DAYS = 60;
/** a day counts where this share of the gross weight has a return */
const MIN_COVERAGE = 0.9;

/**
 * Historical simulation: the returns that today's weights would have had on each past day. On a day on which part of the
 * portfolio has no return, the rest stands for it in proportion; a day with less than 90 % of the gross weight is left out.
 * The quantile is the ceil(0.05 T)-th worst of T days. Undefined with fewer than 60 usable days or no position.
 *
 * @param ids instruments of the weights, length n
 * @param w weights, fractions of NAV
 */
export function historicalRisk(
  history: ReturnHistory,
  ids: readonly string[],
  w: ArrayLike<number>,
): HistoricalRisk | undefined {
  const days = simulatedDays(history, ids, w);
  if (days.length < MIN_DAYS) return undefined;
  days.sort((a, b) => a.return - b.return || (a.date < b.date ? -1 : 1));
  const tail = Math.ceil(TAIL * days.length - 1e-9);
  let lost = 0;
  for (let d = 0; d < tail; d++) lost -= days[d]!.return;
  return {
    var95: -days[tail - 1]!.return,
    cvar95: lost / tail,
    worstDays: days.slice(0, WORST_SHOWN),
    days: days.length,
  };
}

function simulatedDays(history: ReturnHistory, ids: readonly string[], w: ArrayLike<number>) {
  const column = new Map(history.instruments.map((id, c) => [id, c]));
  const held: { readonly column: number; readonly weight: number }[] = [];
  let gross = 0;
  ids.forEach((id, i) => {
    if (w[i] === 0) return;
    gross += Math.abs(w[i]!);
    const c = column.get(id);
    if (c !== undefined) held.push({ column: c, weight: w[i]! });
  });
  const days: { date: string; return: number }[] = [];
  if (gross === 0) return days;
  history.dates.forEach((date, day) => {
    const row = history.values[day]!;
    let total = 0;
    let covered = 0;
    for (const { column: c, weight } of held) {
      const value = row[c];
      if (value === null || value === undefined) continue;
      total += weight * value;
      covered += Math.abs(weight);
    }
    if (covered >= MIN_COVERAGE * gross) days.push({ date, return: total * (gross / covered) });
  });
  return days;
}
