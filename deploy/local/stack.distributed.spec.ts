import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '#platform';
import { sampleRequest } from '../../apps/command/e2e/sample-request.js';

const SLOW_MS = 300_000;
const hasRedis = spawnSync('redis-server', ['--version']).error === undefined;

describe('the stack without containers', () => {
  let folder = '';
  const stack = (action: string) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(packageRoot(), 'deploy/local/stack.mjs'), action],
      {
        env: {
          ...process.env,
          STACK_DIR: folder,
          // the other specs have one, and it takes the longest to start
          STACK_BROKER: 'no',
          ...Object.fromEntries(['COMMAND', 'QUERY', 'PROJECTOR', 'PROMETHEUS'].map((name) => [`${name}_PORT`, '0'])),
        },
        encoding: 'utf8',
      },
    );
    return { status, output: `${stdout}${stderr}` };
  };
  const urlOf = (output: string, name: string) =>
    new RegExp(`^${name} +(http:\\S+)  ready$`, 'm').exec(output)?.[1] ?? '';

  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'coordination-local-stack-'))));
  afterAll(async () => {
    stack('stop');
    await rm(folder, { recursive: true, force: true });
  }, SLOW_MS);

  (hasRedis ? it : it.skip)(
    'starts, answers, stops, and has what it was told when it starts again',
    async () => {
      expect(stack('status')).toEqual({ status: 1, output: 'It does not run.\n' });
      const started = stack('start');
      expect([started.status, started.output]).toEqual([0, expect.stringMatching(/^query +http:\S+ {2}ready$/m)]);
      const key = await readFile(join(folder, 'api-key'), 'utf8');
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const answer = await fetch(`${urlOf(started.output, 'command')}/coordinate`, {
        method: 'POST',
        headers,
        body: JSON.stringify(sampleRequest()),
      });
      expect(answer.status).toBe(201);
      const { coordination_id: id } = (await answer.json()) as { readonly coordination_id: string };
      const position = answer.headers.get('coordination-position') ?? '';
      const read = (output: string) =>
        fetch(`${urlOf(output, 'query')}/coordination/${id}`, {
          headers: { ...headers, 'coordination-position': position },
        });
      expect((await read(started.output)).status).toBe(200);
      expect(stack('status').status).toBe(0);

      expect(stack('stop')).toEqual({ status: 0, output: 'It has stopped; its data are kept.\n' });
      expect(stack('status').status).toBe(1);
      const again = stack('start');
      expect(again.status).toBe(0);
      expect((await read(again.output)).status).toBe(200);
    },
    SLOW_MS,
  );
});
