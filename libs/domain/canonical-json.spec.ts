import fc from 'fast-check';

import { canonicalJson, isCanonicalJson } from './canonical-json.js';

describe('canonicalJson', () => {
  it('gives the bytes of RFC 8785, section 3.2.3', () => {
    const input = JSON.parse(String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`) as unknown;
    expect(canonicalJson(input)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  it('sorts members by UTF-16 code units, as in RFC 8785, section 3.2.3', () => {
    const input = JSON.parse(String.raw`{
      "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
      "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"
    }`) as Record<string, string>;
    const order = Object.values(JSON.parse(canonicalJson(input)) as Record<string, string>);
    // an object puts the name "1" first by itself; the text is what counts
    expect(canonicalJson(input).indexOf('"\\r"')).toBe(1);
    expect(order.slice(1)).toEqual([
      'Carriage Return',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
  });

  it.each<[string, string]>([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('writes the double %s of RFC 8785, appendix B, as %s', (bits, text) => {
    expect(canonicalJson(Buffer.from(bits, 'hex').readDoubleBE())).toBe(text);
  });

  it('refuses what is not JSON, and says where', () => {
    expect(() => canonicalJson({ a: [1, Number.NaN] })).toThrow("NaN at '/a/1' is not JSON.");
    expect(() => canonicalJson([Number.NEGATIVE_INFINITY])).toThrow("-Infinity at '/0'");
    expect(() => canonicalJson({ a: 1n })).toThrow("bigint at '/a'");
    expect(() => canonicalJson([undefined])).toThrow("undefined at '/0'");
    expect(() => canonicalJson({ a: '\ud800' })).toThrow("'/a' holds half of a surrogate pair");
    expect(() => canonicalJson({ a: '\ude00\ud83d' })).toThrow('surrogate');
  });

  it('leaves out members that are undefined', () => {
    expect(canonicalJson({ b: undefined, a: { c: undefined } })).toBe('{"a":{}}');
  });

  it('says the same as the value, in one way only', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(canonicalJson(reversed(value))).toBe(text);
      }),
    );
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([name, member]) => [name, reversed(member)]));
}

describe('isCanonicalJson', () => {
  const json = fc.jsonValue({ stringUnit: 'binary' }).filter((value) => {
    try {
      return canonicalJson(value) !== '';
    } catch {
      return false;
    }
  });

  it('knows the text that canonicalJson writes', () => {
    fc.assert(fc.property(json, (value) => expect(isCanonicalJson(canonicalJson(value), value)).toBe(true)));
    expect(isCanonicalJson('{"b":1}', { b: 1, a: undefined })).toBe(true);
    expect(isCanonicalJson('{}', { a: undefined })).toBe(true);
  });

  it('says the same of any other text as a comparison with the canonical one', () => {
    const edit = fc.record({ at: fc.nat(), length: fc.nat({ max: 2 }), by: fc.string({ maxLength: 2 }) });
    fc.assert(
      fc.property(json, edit, (value, { at, length, by }) => {
        const text = canonicalJson(value);
        const from = at % (text.length + 1);
        const other = text.slice(0, from) + by + text.slice(from + length);
        expect(isCanonicalJson(other, value)).toBe(other === text);
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(
        json,
        json,
        (a, b) => isCanonicalJson(canonicalJson(a), b) === (canonicalJson(a) === canonicalJson(b)),
      ),
    );
  });

  it.each([
    ['{"a":1,"b":2}', { a: 1 }],
    ['{"a":1}', { a: 1, b: 2 }],
    ['{"b":2,"a":1}', { a: 1, b: 2 }],
    ['{ "a":1}', { a: 1 }],
    ['[1,2', [1, 2]],
    ['[1]', { 0: 1 }],
    ['"a', 'a'],
    ['1.0', 1],
    ['null', undefined],
    ['null', NaN],
    ['""', '\ud800'],
    ['', ''],
  ])('does not take %j for %j', (text, value) => expect(isCanonicalJson(text, value)).toBe(false));
});
