import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { metricCatalogue } from '../../apps/reference/metric-catalogue.js';
import { DEPLOY, filesOf, readYaml } from '../yaml-files.fixture.js';
import { metricsIn } from '../prometheus/metrics-in.fixture.js';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
}
interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

const dashboards = filesOf('grafana/dashboards', '.json').map((file) => ({
  file,
  dashboard: JSON.parse(readFileSync(join(DEPLOY, 'grafana', 'dashboards', file), 'utf8')) as Dashboard,
}));
const recorded = filesOf('prometheus/rules', '.yml').flatMap((file) =>
  (
    readYaml('deploy', 'prometheus', 'rules', file)[0] as {
      readonly groups: readonly { readonly rules: readonly { readonly record?: string }[] }[];
    }
  ).groups.flatMap(({ rules }) => rules.flatMap(({ record }) => record ?? [])),
);

describe('the dashboards', () => {
  it.each(dashboards)(
    '$file shows metrics that there are, from the data source that is provisioned',
    ({ file, dashboard }) => {
      expect(`${dashboard.uid}.json`).toBe(file);
      const known = new Set([...metricCatalogue().map(({ name }) => name), ...recorded]);
      for (const { title, targets = [] } of dashboard.panels) {
        for (const { expr, datasource } of targets) {
          expect([title, metricsIn(expr).filter((name) => !known.has(name))]).toEqual([title, []]);
          expect(datasource.uid).toBe('prometheus');
        }
      }
    },
  );

  it.each(dashboards)('$file lays its panels out without an overlap', ({ dashboard }) => {
    const taken = new Set<string>();
    for (const {
      gridPos: { x, y, w, h },
    } of dashboard.panels) {
      expect(x + w).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column++) {
        for (let line = y; line < y + h; line++) {
          expect(taken.has(`${column},${line}`)).toBe(false);
          taken.add(`${column},${line}`);
        }
      }
    }
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });

  it('between them show every metric of the service', () => {
    const shown = new Set(
      dashboards.flatMap(({ dashboard }) =>
        dashboard.panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => metricsIn(expr))),
      ),
    );
    const rules = readFileSync(join(DEPLOY, 'prometheus', 'rules', 'coordination.rules.yml'), 'utf8');
    // figures for people who look into one thing, not for a wall
    const left = new Set([
      'market_data_archive_files_written_total',
      'market_data_import_duration_seconds',
      'market_data_imports_total',
      'market_data_upkeep_failures_total',
      'projector_lag_events',
      'projector_parked_total',
      'projector_position',
      'projector_rebuild_events_total',
      'query_stream_clients',
      'read_models_timescale',
      'relay_already_published_total',
      'relay_position',
      'risk_model_build_duration_seconds',
    ]);
    const missing = metricCatalogue()
      .map(({ name }) => name)
      .filter((name) => !shown.has(name) && !rules.includes(name) && !left.has(name));
    expect(missing).toEqual([]);
  });
});
