import type { Problem } from './problem.js';

/** The same problem with the instruments that cannot trade gathered into one. */
export interface CompactProblem {
  readonly problem: Problem;
  /** what the compact problem has of values of all instruments, with 0 for the gathered ones */
  pick(values: readonly number[]): number[];
  /** the weights of all instruments from those of the compact problem */
  expand(w: ArrayLike<number>): number[];
}

/** Below this share of instruments that cannot trade, gathering them costs more than it saves. */
const SHARE_MIN = 0.2;
/** where the gathered holdings stand in the compact problem */
const REST = 0;

/**
 * Gathers the instruments that are held as they are, and wanted so, into one holding of weight 1 with their common
 * factor exposures and specific variance. Prices of the limits, objective and factor exposures stay what they are. In
 * most coordinations few of the instruments may trade.
 *
 * @returns null where too few instruments can be gathered
 */
export function compact(problem: Problem): CompactProblem | null {
  const { initial } = problem;
  const n = initial.length;
  const kept = tradable(problem);
  if (kept.length === 0 || n - kept.length < SHARE_MIN * n) return null;
  const place = new Int32Array(n).fill(-1);
  kept.forEach((i, at) => (place[i] = REST + 1 + at));
  const rest = gather(problem, place);
  const pick = (values: readonly number[], ofRest: number): number[] => {
    const picked = new Array<number>(kept.length + 1);
    picked[REST] = ofRest;
    for (let at = 0; at < kept.length; at += 1) picked[at + 1] = values[kept[at]!]!;
    return picked;
  };
  const picked = (values: readonly number[] | undefined, ofRest: number) =>
    values === undefined ? undefined : pick(values, ofRest);
  const { covariance, paid_costs: paid, gross_max: gross } = problem;
  const reduced: Problem = {
    ...problem,
    instruments: ['', ...kept.map((i) => problem.instruments[i]!)],
    alpha: pick(problem.alpha, 0),
    covariance: {
      ...covariance,
      loadings: [rest.exposures, ...kept.map((i) => covariance.loadings[i]!)],
      specific: pick(covariance.specific, rest.specific),
    },
    initial: pick(initial, 1),
    lower: pick(problem.lower, 1),
    upper: pick(problem.upper, 1),
    invested: {
      min: problem.invested.min - rest.invested + 1,
      max: problem.invested.max - rest.invested + 1,
    },
    groups: (problem.groups ?? []).map(({ name, members, max }, g) => ({
      name,
      members: members.filter((i) => place[i]! >= 0).map((i) => place[i]!),
      max: max - rest.groups[g]!,
    })),
    ...defined('reference', picked(problem.reference, 1)),
    ...defined('tracking', picked(problem.tracking, 0)),
    ...defined('cost_linear', picked(problem.cost_linear, 0)),
    ...defined('cost_impact', picked(problem.cost_impact, 0)),
    ...defined('paid_costs', paid && { linear: pick(paid.linear, 0), impact: pick(paid.impact, 0) }),
    ...(typeof gross === 'number' ? { gross_max: gross - rest.gross + 1 } : {}),
    fixed: [REST, ...(problem.fixed ?? []).filter((i) => place[i]! >= 0).map((i) => place[i]!)],
    tax: keptTaxes(problem, place),
  };
  return {
    problem: reduced,
    pick: (values) => pick(values, 0),
    expand: (w) => initial.map((held, i) => (place[i]! < 0 ? held : w[place[i]!]!)),
  };
}

/** The instruments that may trade, or that are pulled elsewhere than where they are. */
function tradable({ initial, reference = initial, lower, upper, fixed = [] }: Problem): number[] {
  const isFixed = new Uint8Array(initial.length);
  for (const i of fixed) isFixed[i] = 1;
  const list: number[] = [];
  for (let i = 0; i < initial.length; i += 1) {
    const stays = isFixed[i] === 1 || (lower[i] === initial[i] && upper[i] === initial[i]);
    if (!stays || reference[i] !== initial[i]) list.push(i);
  }
  return list;
}

/** What the instruments without a place hold and add to the limits. */
function gather({ initial, covariance, groups = [] }: Problem, place: Int32Array) {
  const exposures = new Array<number>(covariance.loadings[0]?.length ?? 0).fill(0);
  let [specific, invested, gross] = [0, 0, 0];
  for (let i = 0; i < initial.length; i += 1) {
    const held = initial[i]!;
    if (place[i]! >= 0 || held === 0) continue;
    invested += held;
    gross += Math.abs(held);
    specific += covariance.specific[i]! * held * held;
    const row = covariance.loadings[i]!;
    for (let j = 0; j < exposures.length; j += 1) exposures[j]! += row[j]! * held;
  }
  const inGroups = groups.map(({ members }) =>
    members.reduce((sum, i) => (place[i]! < 0 ? sum + initial[i]! : sum), 0),
  );
  return { exposures, specific, invested, gross, groups: inGroups };
}

function keptTaxes({ tax = [], instruments }: Problem, place: Int32Array): NonNullable<Problem['tax']> {
  if (tax.length === 0) return tax;
  const kept = new Set(instruments.filter((_, i) => place[i]! >= 0));
  return tax.filter(({ instrument }) => kept.has(instrument));
}

function defined<K extends string, T>(name: K, value: T | undefined): Partial<Record<K, T>> {
  return value === undefined ? {} : ({ [name]: value } as Record<K, T>);
}
