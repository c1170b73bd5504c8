import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { metricCatalogue } from '../../apps/reference/metric-catalogue.js';
import { DEPLOY, filesOf, readYaml } from '../yaml-files.fixture.js';
import { metricsIn } from './metrics-in.fixture.js';

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: { readonly severity?: string };
  readonly annotations?: { readonly summary?: string };
}

const folder = join(DEPLOY, 'prometheus');
const rules = filesOf('prometheus/rules', '.rules.yml').flatMap((file) =>
  (
    readYaml('deploy', 'prometheus', 'rules', file)[0] as {
      readonly groups: readonly { readonly rules: readonly Rule[] }[];
    }
  ).groups.flatMap((group) => group.rules),
);
const named = rules.map((rule) => ({ ...rule, name: rule.alert ?? rule.record ?? '' }));

const promtool = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8', cwd: folder });
  return { status, output: `${stdout}${stderr}` };
};
const has = spawnSync('promtool', ['--version']).status === 0;
const itHas = has ? it : it.skip;

describe('the rules of Prometheus', () => {
  it.each(named)('$name reads metrics that there are', ({ expr }) => {
    const known = new Set([...metricCatalogue().map(({ name }) => name), ...named.map(({ name }) => name)]);
    expect(metricsIn(expr).filter((name) => !known.has(name))).toEqual([]);
  });

  it('say of each alert how severe it is and what is the matter', () => {
    for (const { alert, labels, annotations } of rules) {
      if (alert === undefined) continue;
      expect([alert, labels?.severity]).toEqual([alert, expect.stringMatching(/^(page|ticket)$/)]);
      expect(annotations?.summary).toBeTruthy();
    }
  });

  it('have a test for every alert', () => {
    const tests = filesOf('prometheus/tests', '.yml').map((file) => readFileSync(join(folder, 'tests', file), 'utf8'));
    const untested = rules
      .flatMap(({ alert }) => alert ?? [])
      .filter((alert) => !tests.some((test) => test.includes(alert)));
    expect(untested).toEqual([]);
  });

  itHas('fire when they should, and not before', () => {
    const tests = filesOf('prometheus/tests', '.yml').map((file) => join('tests', file));
    const { status, output } = promtool('test', 'rules', ...tests);
    expect([status, status === 0 ? '' : output]).toEqual([0, '']);
  });

  itHas('are in a configuration that Prometheus takes', () => {
    const { status, output } = promtool('check', 'config', '--syntax-only', 'prometheus.yml');
    expect([status, output]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });

  itHas('and the panels of the dashboards are expressions that Prometheus takes', () => {
    const expressions = filesOf('grafana/dashboards', '.json').flatMap((file) => {
      const { panels } = JSON.parse(readFileSync(join(DEPLOY, 'grafana', 'dashboards', file), 'utf8')) as {
        readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[];
      };
      return panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    });
    expect(expressions.length).toBeGreaterThan(30);
    const group = { name: 'panels', rules: expressions.map((expr, i) => ({ record: `panel:${i}`, expr })) };
    const scratch = mkdtempSync(join(tmpdir(), 'coordination-rules-'));
    try {
      writeFileSync(join(scratch, 'panels.yml'), stringify({ groups: [group] }));
      const { status, output } = promtool('check', 'rules', '--lint=none', join(scratch, 'panels.yml'));
      expect([status, status === 0 ? '' : output]).toEqual([0, '']);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });
});
