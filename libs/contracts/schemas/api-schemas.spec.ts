import { API_SCHEMAS, schemaReference } from './api-schemas.js';

describe('API_SCHEMAS', () => {
  it('resolves every reference it makes', () => {
    const text = JSON.stringify(API_SCHEMAS);
    const names = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1]);
    expect(names.length).toBeGreaterThan(20);
    expect(Object.keys(API_SCHEMAS)).toEqual(expect.arrayContaining(names));
  });

  it('names what controllers refer to', () => {
    for (const name of [
      'CoordinationRequest',
      'CoordinationResponse',
      'Problem',
      'Configuration',
      'PortfolioState',
    ] as const) {
      expect(API_SCHEMAS[name]).toHaveProperty('type', 'object');
      expect(schemaReference(name).$ref).toBe(`#/components/schemas/${name}`);
    }
  });
});
