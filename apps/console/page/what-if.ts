/** The request of a what-if: a recorded or pasted one with parameters changed. */

type Json = Readonly<Record<string, unknown>>;

/** Numbers that a desk asks about most; others are typed by name. */
export const PARAMETERS = [
  'max_position_size',
  'max_turnover',
  'risk_budget_limit',
  'risk_aversion',
  'max_sector_weight',
  'cash_buffer',
  'max_participation',
  'min_confidence',
  'coordination_mode',
] as const;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The request that a recorded `coordination_requested` event answers to: the portfolio and the time that it was decided
 * with stand in the place of what it named.
 */
export function requestOf(data: unknown): Json | null {
  if (!isObject(data) || !isObject(data['request'])) return null;
  const { portfolio_id: _, ...request } = data['request'];
  const state = data['stored_portfolio_state'] ?? request['portfolio_state'];
  return { ...request, as_of: data['as_of'], ...(state === undefined ? {} : { portfolio_state: state }) };
}

/** @throws Error with a sentence for the person */
export function withParameter(text: string, name: string, value: string): string {
  const request = parseRequest(text);
  if (name === '') return JSON.stringify(request);
  if (value.trim() === '') throw new Error(`Say what ${name} would be.`);
  const held = request['coordination_parameters'];
  const parameters = { ...(isObject(held) ? held : {}), [name]: valueOf(value) };
  return JSON.stringify({ ...request, coordination_parameters: parameters });
}

/** What a request has for a parameter; undefined where it leaves it to the default, or is no request. */
export function parameterOf(text: string, name: string): unknown {
  try {
    const held = parseRequest(text)['coordination_parameters'];
    return isObject(held) ? held[name] : undefined;
  } catch {
    return undefined;
  }
}

function parseRequest(text: string): Json {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new Error(`This is not JSON: ${(error as Error).message}`);
  }
  if (!isObject(parsed)) throw new Error('A request is a JSON object.');
  return parsed;
}

/** A number, true, false, null or a list as JSON; anything else as text. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text.trim();
  }
}
