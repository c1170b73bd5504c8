import type { Command } from 'commander';
import { CommandFailure, EXIT, type InvalidPart } from './failure.js';

/** What a service answers instead of what was asked (RFC 9457). */
interface ProblemDocument {
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly InvalidPart[];
}

/** For the help of every command that asks a service. */
export const API_KEY_HELP = 'A service with API keys gets the one in the environment variable COORDINATION_API_KEY.';

export const withServiceUrl = (command: Command): Command =>
  command.option('--url <url>', 'the command service', 'http://127.0.0.1:3000');

/** A running service over HTTP. Every call throws a CommandFailure where nothing answers, or the service refuses. */
export class ServiceClient {
  private readonly base: URL;

  constructor(
    url: string,
    /** sent as a bearer token; a service without keys asks for none */
    private readonly apiKey: string | undefined = process.env['COORDINATION_API_KEY'],
  ) {
    if (!URL.canParse(url))
      throw new CommandFailure(`"${url}" is not a URL such as http://127.0.0.1:3000`, EXIT.invalid);
    this.base = new URL(url.endsWith('/') ? url : `${url}/`);
  }

  async get<T>(path: string): Promise<T> {
    return (await this.send(path, { method: 'GET' })) as T;
  }

  async post<T>(path: string, document: unknown): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    return (await this.send(path, { method: 'POST', headers, body: JSON.stringify(document) })) as T;
  }

  /** The answer of any request, where it is not a refusal; for bodies and answers that are streams. */
  async request(path: string, init: RequestInit): Promise<Response> {
    const target = new URL(path, this.base);
    const headers = new Headers(init.headers);
    if (!headers.has('accept')) headers.set('accept', 'application/json');
    if (this.apiKey !== undefined) headers.set('authorization', `Bearer ${this.apiKey}`);
    const response = await fetch(target, { ...init, headers }).catch((error: unknown) => {
      const cause = (error as Error).cause;
      throw new CommandFailure(
        `nothing answers at ${target.href} (${cause instanceof Error ? cause.message : String(error)}); ` +
          'start the service with "npm start", or name another with --url',
      );
    });
    if (!response.ok) throw refusal(response.status, await response.text());
    return response;
  }

  private async send(path: string, init: RequestInit): Promise<unknown> {
    return (await this.request(path, init)).json();
  }
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
