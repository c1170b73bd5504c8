import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { openText, parseSealedText, sealText, type SealedText } from './sealed-text.js';

const key = { id: randomUUID(), bytes: randomBytes(32) };
const sealed = (text: string, place = 'here'): SealedText => parseSealedText(sealText(key, place, text)) as SealedText;

describe('a sealed text', () => {
  it('opens with its key at its place as what it was, and is another one each time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, place) => {
        expect(openText(key.bytes, place, sealed(text, place))).toBe(text);
        expect(sealText(key, place, text)).not.toBe(sealText(key, place, text));
        expect(sealed(text).keyId).toBe(key.id);
      }),
    );
  });

  it('does not open with another key, at another place, or with any byte changed', () => {
    const { bytes, keyId } = sealed('Ada Lovelace');
    expect(openText(randomBytes(32), 'here', { keyId, bytes })).toBeNull();
    expect(openText(key.bytes, 'there', { keyId, bytes })).toBeNull();
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes);
      changed[i] = (changed[i] as number) ^ 1;
      expect(openText(key.bytes, 'here', { keyId, bytes: changed })).toBeNull();
    }
    expect(openText(key.bytes, 'here', { keyId, bytes: bytes.subarray(0, 20) })).toBeNull();
  });

  it.each(['', 'ada', 'sealed:1:', `sealed:1:${key.id}:short`, `sealed:2:${key.id}:${'a'.repeat(40)}`, '[shredded]'])(
    'is told from a text such as %j, which is not sealed',
    (text) => expect(parseSealedText(text)).toBeNull(),
  );
});
