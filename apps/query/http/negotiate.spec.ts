import { negotiate } from './negotiate.js';

const offered = ['application/json', 'text/csv', 'application/x-ndjson'] as const;

describe('negotiate', () => {
  it.each([
    [undefined, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    ['text/csv', 'text/csv'],
    ['text/*', 'text/csv'],
    ['TEXT/CSV; header=present', 'text/csv'],
    ['application/*', 'application/json'],
    ['application/*;q=0.4, text/csv;q=0.5', 'text/csv'],
    ['text/html, application/x-ndjson;q=0.9, */*;q=0.1', 'application/x-ndjson'],
    ['application/json;q=0, */*', 'text/csv'],
    ['text/html', null],
    ['text/csv;q=0', null],
    ['text/csv;q=nonsense', null],
  ])('%p gives %p', (accept, expected) => {
    expect(negotiate(accept, offered)).toBe(expected);
  });
});
