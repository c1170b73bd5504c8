import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '#platform';
import { coordinateOffline } from './coordinate-offline.js';

const example = (name: string): unknown =>
  JSON.parse(readFileSync(join(packageRoot(), 'docs', 'examples', name), 'utf8'));

describe('the example of the README', () => {
  it('has the answer that the documents show', async () => {
    const { coordination_id, processing_time_ms, ...outcome } = example('response.json') as Record<string, unknown>;
    expect(coordination_id).toMatch(/^coord_\d{8}_\d{3,}$/);
    expect(processing_time_ms).toBeGreaterThan(0);
    expect(JSON.parse(JSON.stringify(await coordinateOffline(example('request.json'))))).toEqual(outcome);
  });
});
