import { canonicalHash } from './canonical-hash.js';

describe('canonicalHash', () => {
  it('is that of the canonical text, whatever the order of the members', () => {
    // printf '{"a":1,"b":[true,null]}' | sha256sum
    const hash = '1cc69c7fa23616ca2ec3ee70d24390a6225c8832db8a4c814c7e0e7f942f8668';
    expect(canonicalHash({ b: [true, null], a: 1 })).toBe(hash);
    expect(canonicalHash({ a: 1, b: [true, null] })).toBe(hash);
    expect(canonicalHash({ a: 2, b: [true, null] })).not.toBe(hash);
  });
});
