import type { Problem } from './problem.js';
import { semidefiniteCholesky } from './semidefinite-cholesky.js';

/** What is wrong with a problem document, and where (RFC 6901). */
export interface ProblemError {
  readonly pointer: string;
  readonly message: string;
}

const FIELDS = [
  'format', 'instruments', 'alpha', 'covariance', 'risk_aversion', 'initial', 'reference', 'tracking', 'cost_linear',
  'cost_impact', 'tax', 'lower', 'upper', 'invested', 'paid_costs', 'groups', 'turnover_max', 'volatility_max',
  'gross_max', 'fixed',
]; // prettier-ignore
/** Members that a problem document may carry beside the problem: an answer to it, which is not looked at. */
const ANSWERS = ['solution', 'whole_lots'];

/** Beyond this, squares and products of the document's numbers could overflow. */
const MAGNITUDE_MAX = 1e30;
/** A document with many faults is not listed to the last one. */
const ERRORS_MAX = 100;

/**
 * Checks a parsed JSON document against the problem format. The solver may assume everything that is checked here.
 * Limits that the initial weights break, or that exclude one another, are no errors: they are answered by a status.
 */
export function validateProblem(
  doc: unknown,
): { readonly problem: Problem } | { readonly errors: readonly ProblemError[] } {
  const check = new DocumentCheck();
  if (!isRecord(doc)) return { errors: [{ pointer: '', message: 'must be an object' }] };
  check.fields(doc, '', [...FIELDS, ...ANSWERS]);
  if (doc['format'] !== 'coordination-problem/1') check.fail('/format', 'must be "coordination-problem/1"');
  const names = checkInstruments(check, doc['instruments']);
  if (names === undefined) return { errors: check.errors };
  checkVectors(check, doc, names.length);
  checkCovariance(check, doc['covariance'], names.length);
  checkBounds(check, doc, names.length);
  checkInvested(check, doc['invested']);
  checkGroups(check, doc['groups'], names.length);
  for (const name of ['turnover_max', 'volatility_max', 'gross_max']) {
    if (doc[name] !== undefined && doc[name] !== null) check.number(doc[name], `/${name}`, 0);
  }
  if (doc['fixed'] !== undefined) check.indices(doc['fixed'], '/fixed', names.length);
  checkTax(check, doc, names);
  return check.errors.length > 0 ? { errors: check.errors } : { problem: doc as unknown as Problem };
}

function checkInstruments(check: DocumentCheck, value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) {
    check.fail('/instruments', 'must be an array of names');
    return undefined;
  }
  const seen = new Map<string, number>();
  value.forEach((name: unknown, i) => {
    if (typeof name !== 'string' || name === '') return check.fail(`/instruments/${i}`, 'must be a name, not empty');
    const first = seen.get(name);
    if (first !== undefined) return check.fail(`/instruments/${i}`, `repeats /instruments/${first} ("${name}")`);
    seen.set(name, i);
  });
  return value as string[];
}

function checkVectors(check: DocumentCheck, doc: Record<string, unknown>, n: number) {
  check.number(doc['risk_aversion'], '/risk_aversion', 0);
  for (const name of ['alpha', 'initial', 'lower', 'upper']) check.vector(doc[name], `/${name}`, n);
  if (doc['reference'] !== undefined) check.vector(doc['reference'], '/reference', n);
  for (const name of ['tracking', 'cost_linear', 'cost_impact']) {
    if (doc[name] !== undefined) check.vector(doc[name], `/${name}`, n, 0);
  }
  const paid = doc['paid_costs'];
  if (paid === undefined) return;
  if (!isRecord(paid)) return check.fail('/paid_costs', 'must be an object with linear and impact');
  check.fields(paid, '/paid_costs', ['linear', 'impact']);
  check.vector(paid['linear'], '/paid_costs/linear', n, 0);
  check.vector(paid['impact'], '/paid_costs/impact', n, 0);
}

function checkCovariance(check: DocumentCheck, value: unknown, n: number) {
  if (!isRecord(value)) return check.fail('/covariance', 'must be an object with loadings and specific');
  check.fields(value, '/covariance', ['loadings', 'factor', 'specific']);
  check.vector(value['specific'], '/covariance/specific', n, 0);
  const { loadings, factor } = value;
  if (!Array.isArray(loadings) || loadings.length !== n) {
    return check.fail('/covariance/loadings', `must be an array of ${n} rows`);
  }
  const first: unknown = loadings[0];
  const k = Array.isArray(first) ? first.length : Array.isArray(factor) ? factor.length : 0;
  loadings.forEach((row: unknown, i) => check.vector(row, `/covariance/loadings/${i}`, k));
  if (factor !== undefined) checkFactor(check, factor, k);
}

function checkFactor(check: DocumentCheck, value: unknown, k: number) {
  const pointer = '/covariance/factor';
  if (!Array.isArray(value) || value.length !== k) return check.fail(pointer, `must be a ${k} x ${k} matrix`);
  const before = check.errors.length;
  value.forEach((row: unknown, i) => check.vector(row, `${pointer}/${i}`, k));
  if (check.errors.length > before) return;
  const matrix = value as number[][];
  const scale = Math.max(0, ...matrix.map((row) => Math.max(...row.map((entry) => Math.abs(entry)))));
  for (let i = 0; i < k; i += 1) {
    for (let j = 0; j < i; j += 1) {
      if (Math.abs(matrix[i]![j]! - matrix[j]![i]!) > 1e-9 * scale) {
        return check.fail(`${pointer}/${i}/${j}`, `must equal ${pointer}/${j}/${i}: the matrix is symmetric`);
      }
    }
  }
  if (semidefiniteCholesky(matrix) === undefined) check.fail(pointer, 'must be positive semidefinite');
}

function checkBounds(check: DocumentCheck, doc: Record<string, unknown>, n: number) {
  const { lower, upper } = doc;
  if (!Array.isArray(lower) || !Array.isArray(upper)) return;
  for (let i = 0; i < n; i += 1) {
    const low: unknown = lower[i];
    const high: unknown = upper[i];
    if (typeof low === 'number' && typeof high === 'number' && low > high) {
      check.fail(`/lower/${i}`, `must not exceed /upper/${i} (${low} > ${high})`);
    }
  }
}

function checkInvested(check: DocumentCheck, value: unknown) {
  if (!isRecord(value)) return check.fail('/invested', 'must be an object with min and max');
  check.fields(value, '/invested', ['min', 'max']);
  const bothNumbers = check.number(value['min'], '/invested/min') && check.number(value['max'], '/invested/max');
  if (bothNumbers && (value['min'] as number) > (value['max'] as number)) {
    check.fail('/invested/min', 'must not exceed /invested/max');
  }
}

function checkGroups(check: DocumentCheck, value: unknown, n: number) {
  if (value === undefined) return;
  if (!Array.isArray(value)) return check.fail('/groups', 'must be an array');
  const names = new Set<string>();
  value.forEach((group: unknown, g) => {
    const pointer = `/groups/${g}`;
    if (!isRecord(group)) return check.fail(pointer, 'must be an object with name, members and max');
    check.fields(group, pointer, ['name', 'members', 'max']);
    const name = group['name'];
    if (typeof name !== 'string' || name === '') check.fail(`${pointer}/name`, 'must be a name, not empty');
    else if (names.has(name)) check.fail(`${pointer}/name`, `repeats the group "${name}"`);
    else names.add(name);
    check.number(group['max'], `${pointer}/max`);
    check.indices(group['members'], `${pointer}/members`, n);
  });
}

function checkTax(check: DocumentCheck, doc: Record<string, unknown>, names: readonly string[]) {
  const value = doc['tax'];
  if (value === undefined) return;
  if (!Array.isArray(value)) return check.fail('/tax', 'must be an array');
  const index = new Map(names.map((name, i) => [name, i]));
  const seen = new Set<number>();
  value.forEach((entry: unknown, t) => {
    const pointer = `/tax/${t}`;
    if (!isRecord(entry)) return check.fail(pointer, 'must be an object with instrument and pieces');
    check.fields(entry, pointer, ['instrument', 'pieces']);
    const i = typeof entry['instrument'] === 'string' ? index.get(entry['instrument']) : undefined;
    if (i === undefined) check.fail(`${pointer}/instrument`, 'must be one of /instruments');
    else if (seen.has(i)) check.fail(`${pointer}/instrument`, 'has a tax schedule already');
    else seen.add(i);
    checkPieces(check, doc, i, entry['pieces'], `${pointer}/pieces`);
  });
}

function checkPieces(
  check: DocumentCheck,
  doc: Record<string, unknown>,
  i: number | undefined,
  value: unknown,
  pointer: string,
) {
  if (!Array.isArray(value)) return check.fail(pointer, 'must be an array');
  let [upTo, rate] = [0, -Infinity];
  value.forEach((piece: unknown, p) => {
    const at = `${pointer}/${p}`;
    if (!isRecord(piece)) return check.fail(at, 'must be an object with up_to and rate');
    check.fields(piece, at, ['up_to', 'rate']);
    if (!check.number(piece['up_to'], `${at}/up_to`) || !check.number(piece['rate'], `${at}/rate`)) return;
    const current = piece as { up_to: number; rate: number };
    if (current.up_to <= upTo) check.fail(`${at}/up_to`, `must exceed ${upTo}, where the piece begins`);
    if (current.rate < rate) check.fail(`${at}/rate`, 'must not be below the rate before it');
    if (p === 0 && i !== undefined && current.rate < 0) checkHarvest(check, doc, i, current.rate, `${at}/rate`);
    [upTo, rate] = [current.up_to, current.rate];
  });
}

/**
 * A tax that is negative from the first unit sold bends the objective the wrong way at w0 where buying stays possible:
 * both directions could be better than none and no solver could certify the choice. Buying what is sold at a loss also
 * forfeits the loss (wash sale), so the document has to bar it.
 */
function checkHarvest(check: DocumentCheck, doc: Record<string, unknown>, i: number, rate: number, pointer: string) {
  const at = (field: unknown) => (Array.isArray(field) && typeof field[i] === 'number' ? field[i] : 0);
  if (rate < -2 * at(doc['cost_linear']) && at(doc['upper']) > at(doc['initial'])) {
    check.fail(pointer, `may be below -2 cost_linear only where buying is barred (/upper/${i} <= /initial/${i})`);
  }
}

class DocumentCheck {
  readonly errors: ProblemError[] = [];

  fail(pointer: string, message: string): void {
    if (this.errors.length < ERRORS_MAX) this.errors.push({ pointer, message });
  }

  fields(value: Record<string, unknown>, pointer: string, known: readonly string[]): void {
    for (const name of Object.keys(value)) {
      if (known.includes(name)) continue;
      const token = name.replaceAll('~', '~0').replaceAll('/', '~1');
      this.fail(`${pointer}/${token}`, `is not a field; known are ${known.join(', ')}`);
    }
  }

  number(value: unknown, pointer: string, min = -MAGNITUDE_MAX): boolean {
    if (typeof value !== 'number' || !Number.isFinite(value)) this.fail(pointer, 'must be a finite number');
    else if (value < min) this.fail(pointer, min === 0 ? 'must not be negative' : `must not be below ${min}`);
    else if (value > MAGNITUDE_MAX) this.fail(pointer, `must not exceed ${MAGNITUDE_MAX}`);
    else return true;
    return false;
  }

  vector(value: unknown, pointer: string, length: number, min?: number): void {
    if (!Array.isArray(value)) return this.fail(pointer, `must be an array of ${length} numbers`);
    if (value.length !== length) return this.fail(pointer, `must have ${length} entries, has ${value.length}`);
    for (let i = 0; i < length; i += 1) this.number(value[i], `${pointer}/${i}`, min);
  }

  /** Positions of instruments, none twice. */
  indices(value: unknown, pointer: string, n: number): void {
    if (!Array.isArray(value)) return this.fail(pointer, 'must be an array of positions in /instruments');
    const seen = new Set<unknown>();
    value.forEach((index: unknown, position) => {
      const isIndex = typeof index === 'number' && Number.isInteger(index) && index >= 0 && index < n;
      if (!isIndex) this.fail(`${pointer}/${position}`, `must be an integer from 0 to ${n - 1}`);
      else if (seen.has(index)) this.fail(`${pointer}/${position}`, `repeats instrument ${index}`);
      seen.add(index);
    });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
