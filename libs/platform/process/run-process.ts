import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { OperatorError } from '../operator-error.js';

/** Runs the main function of a process. What only the operator can mend ends it with one sentence; a defect with its stack. */
export async function runProcess(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${error instanceof OperatorError ? error.message : describeDefect(error)}\n`);
    process.exit(1);
  }
}

const describeDefect = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

/** @throws OperatorError where the address cannot be had */
export async function listen(
  app: Pick<NestFastifyApplication, 'getUrl'> & { listen(port: number, host: string): Promise<unknown> },
  host: string,
  port: number,
): Promise<string> {
  try {
    await app.listen(port, host);
  } catch (error) {
    throw new OperatorError(describeListening(error, host, port), { cause: error });
  }
  return app.getUrl();
}

function describeListening(error: unknown, host: string, port: number): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${host} is in use: stop what uses it, or choose another with PORT.`;
  if (code === 'EACCES')
    return `Port ${port} may not be listened on without privileges: choose one above 1023 with PORT.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `HOST ${host} is not an address of this machine.`;
  return `Cannot listen on ${host}:${port}: ${String(message)}.`;
}
