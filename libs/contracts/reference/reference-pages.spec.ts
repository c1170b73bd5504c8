import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { referencePages } from './reference-pages.js';

const events = new URL('../events/', import.meta.url);
const pages = new URL('../../../docs/reference/', import.meta.url);

describe('the reference pages', () => {
  it.each(Object.entries(referencePages(events)))('%s is what `npm run reference` writes', async (name, text) => {
    const file = new URL(name, pages);
    const options = await resolveConfig(file);
    expect(readFileSync(file, 'utf8')).toBe(await format(text, { ...options, parser: 'markdown' }));
  });
});

describe('released event schemas', () => {
  const listed = readFileSync(new URL('released.sha256', events), 'utf8').trimEnd().split('\n');

  it.each(listed.map((line) => line.split('  ') as [string, string]))('%s %s does not change', (hash, file) => {
    expect(
      createHash('sha256')
        .update(readFileSync(new URL(file, events)))
        .digest('hex'),
    ).toBe(hash);
  });

  it('are all there', () => {
    expect(listed.length).toBeGreaterThanOrEqual(6);
    const present = new Set(readdirSync(events));
    expect(listed.map((line) => line.split('  ')[1]).filter((file) => !present.has(file ?? ''))).toEqual([]);
  });
});
