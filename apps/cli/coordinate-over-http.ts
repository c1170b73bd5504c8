import type { CoordinationResponse } from '#domain';
import { CommandFailure, EXIT, type InvalidPart } from './failure.js';

/** What a service answers instead of what was asked (RFC 9457). */
interface ProblemDocument {
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly InvalidPart[];
}

/**
 * @param apiKey sent as a bearer token; a service without keys asks for none
 * @throws CommandFailure where nothing answers there, or the service refuses
 */
export async function coordinateOverHttp(
  url: string,
  document: unknown,
  apiKey: string | undefined,
): Promise<CoordinationResponse> {
  const target = URL.canParse(url) ? new URL('coordinate', url.endsWith('/') ? url : `${url}/`) : undefined;
  if (target === undefined)
    throw new CommandFailure(`"${url}" is not a URL such as http://127.0.0.1:3000`, EXIT.invalid);
  let response: Response;
  try {
    response = await fetch(target, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify(document),
    });
  } catch (error) {
    const cause = (error as Error).cause;
    throw new CommandFailure(
      `nothing answers at ${target.href} (${cause instanceof Error ? cause.message : String(error)}); ` +
        'start the service with "npm start", name another with --url, or use --offline',
    );
  }
  const text = await response.text();
  if (response.ok) return JSON.parse(text) as CoordinationResponse;
  throw refusal(response.status, text);
}

function refusal(status: number, text: string): CommandFailure {
  let problem: ProblemDocument = {};
  try {
    problem = JSON.parse(text) as ProblemDocument;
  } catch {
    // a proxy in between may answer with anything; the status tells enough
  }
  const sentence = problem.detail ?? problem.title ?? 'no explanation';
  const exit = status >= 400 && status < 500 ? EXIT.invalid : EXIT.failed;
  return new CommandFailure(`the service answered ${status}: ${sentence}`, exit, problem.errors ?? []);
}
