import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CoordinationRequest, PRIOR_LEARNED_STATE, toEngineInput } from '#domain';
import type { CoordinationInput } from '#engine';

/**
 * Real coordination requests with the model's answer from a separate implementation, read from the folder that the
 * environment variable COORDINATION_SHARED names, or from `../shared` beside the repository. Tests that use them skip where it is absent.
 */
export interface SharedRequest {
  readonly input: CoordinationInput;
  /** the ids of `market_data.instruments`, the order of every array in `expected` */
  readonly instruments: readonly string[];
  readonly expected: ExpectedAnswer;
}

export interface ExpectedAnswer {
  /** position of a signal in the list, as a string, to its screening code */
  readonly rej: Readonly<Record<string, string>>;
  readonly alpha: readonly number[];
  readonly w0: readonly number[];
  /** reference weights, and the tracking penalty of section 4 */
  readonly b: readonly number[];
  readonly rho: readonly number[];
  /** linear and impact cost coefficients */
  readonly c: readonly number[];
  readonly k: readonly number[];
  /** one optimum of the continuous problem, about 1e-5 accurate */
  readonly w: readonly number[];
  /** its utility in basis points of NAV */
  readonly value: number;
  readonly gamma: number;
  readonly h: number;
  readonly broken: boolean;
  readonly named: readonly string[];
}

const root = join(process.env['COORDINATION_SHARED'] ?? join(process.cwd(), '..', 'shared'), 'requests');

/** Names of the shared requests in ascending order; none where the folder is absent. */
export function sharedRequestNames(): readonly string[] {
  const bodies = join(root, 'bodies');
  if (!existsSync(bodies)) return [];
  return readdirSync(bodies)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

/** The body of `POST /coordinate` as it stands. */
export function readSharedBody(name: string): SharedBody {
  return JSON.parse(readFileSync(join(root, 'bodies', `${name}.json`), 'utf8')) as SharedBody;
}

export function readSharedRequest(name: string): SharedRequest {
  const body = readSharedBody(name);
  const answers = JSON.parse(readFileSync(join(root, 'expected.json'), 'utf8')) as Record<string, ExpectedAnswer>;
  const expected = answers[name];
  if (expected === undefined) throw new Error(`no expected answer for ${name}`);
  return { input: toInput(body), instruments: body.market_data.instruments.map((i) => i.instrument_id), expected };
}

/** What every one of the shared requests carries. */
export type SharedBody = CoordinationRequest &
  Required<Pick<CoordinationRequest, 'as_of' | 'portfolio_state' | 'market_data'>>;

const toInput = (body: SharedBody): CoordinationInput =>
  toEngineInput(body, { portfolioState: body.portfolio_state, asOf: body.as_of, learnedState: PRIOR_LEARNED_STATE });
