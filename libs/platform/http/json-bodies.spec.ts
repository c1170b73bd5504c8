import fc from 'fast-check';
import { parseJson } from './json-bodies.js';
import { locateJsonError } from './locate-json-error.js';
import { ProblemException } from './problem-exception.js';

const refusal = (text: string) => {
  try {
    parseJson(text);
  } catch (error) {
    return (error as ProblemException).details;
  }
  throw new Error(`accepted ${text}`);
};

describe('parseJson', () => {
  it.each([
    ['{"signals":[{"a":1},{"confidence": NaN}]}', '/signals/1/confidence', 'line 1, column 36: found "NaN"'],
    ['{"a":\n{"b/c": Infinity}}', '/a/b~1c', 'line 2, column 9: found "Infinity"'],
    ['[1,2', '/1', 'found the end of the body'],
    ['[1,2,]', '/2', 'found "]"'],
    ['{"a":1,}', '/a', 'found "}"'],
    ["{'a':1}", '/', 'found "\'"'],
    ['{"a":01}', '/a', 'found "01"'],
    ['{"a":"line\nbreak"}', '/a', 'column 6'],
    ['{} x', '', 'found "x"'],
    ['nul', '', 'found "nul"'],
  ])('says where %j stops being JSON', (text, pointer, message) => {
    const { errors } = refusal(text);
    expect(errors?.[0]?.pointer).toBe(pointer);
    expect(errors?.[0]?.message).toContain(message);
  });

  it('finds a bad character wherever it is put', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat())), fc.nat(), (value, seed) => {
        const text = JSON.stringify(value);
        const place = seed % (text.length + 1);
        expect(locateJsonError(`${text.slice(0, place)}\u0001${text.slice(place)}`).offset).toBe(place);
      }),
    );
  });

  it('refuses the prototype key in every spelling, and only as a key', () => {
    expect(refusal('{"a":{"__proto__":1}}').detail).toContain('__proto__');
    expect(refusal('{"\\u005f_pr\\u006Fto__" :1}').detail).toContain('__proto__');
    expect(parseJson('{"a":"__proto__"}')).toEqual({ a: '__proto__' });
  });

  it('reads an unfinished body of two million values without trouble', () => {
    expect(refusal(`[${'1,'.repeat(2_000_000)}`).errors?.[0]?.pointer).toBe('/2000000');
  });
});
