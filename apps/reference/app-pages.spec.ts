import { readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { appPages } from './app-pages.js';
import { metricCatalogue } from './metric-catalogue.js';

const pages = new URL('../../docs/reference/', import.meta.url);

describe('the reference pages of the processes', () => {
  it.each(Object.entries(appPages()))('%s is what `npm run reference` writes', async (name, text) => {
    const file = new URL(name, pages);
    const options = await resolveConfig(file);
    expect(readFileSync(file, 'utf8')).toBe(await format(text, { ...options, parser: 'markdown' }));
  });
});

describe('the names of metrics', () => {
  it.each(metricCatalogue())('$name follows the conventions of Prometheus', ({ name, type, help, labels }) => {
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    // base units: no milliseconds, no kilobytes, no per cent
    expect(name).not.toMatch(/_(ms|milliseconds|minutes|kb|mb|kilobytes|percent)(_|$)/);
    expect(help.length).toBeGreaterThan(10);
    for (const label of labels) expect(label).toMatch(/^[a-z][a-z_]*$/);
  });

  it('are told once', () => {
    const names = metricCatalogue().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
