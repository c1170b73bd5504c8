import { columnParser, encodeParameter } from './sql-values.js';

describe('encodeParameter', () => {
  it.each<[unknown, string | null]>([
    [null, null],
    [undefined, null],
    ['text', 'text'],
    [1e21, '1e+21'],
    [-0, '0'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [123n, '123'],
    [false, 'false'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [new Uint8Array([1, 171]), '\\x01ab'],
    [{ a: [1] }, '{"a":[1]}'],
    [[], '{}'],
    [['a', null, 'b"\\,'], '{"a",NULL,"b\\"\\\\,"}'],
    [
      [
        [1, 2],
        [3, 4],
      ],
      '{{"1","2"},{"3","4"}}',
    ],
  ])('writes %p as %p', (value, text) => {
    expect(encodeParameter(value)).toBe(text);
  });

  it('refuses what has no text', () => {
    expect(() => encodeParameter(() => 1)).toThrow(TypeError);
  });
});

describe('columnParser', () => {
  it('keeps moments, days and big integers as text', () => {
    for (const oid of [20, 1700, 1082, 1114, 1184, 1186]) expect(columnParser(oid)('1')).toBe('1');
  });

  it('reads arrays of moments as arrays of text', () => {
    expect(columnParser(1185)('{"2026-01-01 00:00:00+00",NULL}')).toEqual(['2026-01-01 00:00:00+00', null]);
  });
});
