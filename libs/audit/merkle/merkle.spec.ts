import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { MerkleFrontier, rootOf, subtreesOf } from './frontier.js';
import { EMPTY_ROOT, leafHash, nodeHash } from './hashes.js';
import { consistencyProof, inclusionProof, isConsistent, rootOfInclusion } from './proofs.js';

/** The definition of RFC 9162, section 2.1.1, by its own recursion. */
function mth(entries: readonly Buffer[]): Buffer {
  if (entries.length === 0) return createHash('sha256').digest();
  if (entries.length === 1)
    return createHash('sha256')
      .update(Buffer.of(0))
      .update(entries[0] as Buffer)
      .digest();
  let k = 1;
  while (k * 2 < entries.length) k *= 2;
  const [left, right] = [mth(entries.slice(0, k)), mth(entries.slice(k))];
  return createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest();
}

const entriesOf = (n: number): Buffer[] =>
  Array.from({ length: n }, (_, i) => createHash('sha256').update(`entry ${i}`).digest());

const sizes = fc.integer({ min: 1, max: 300 });

describe('the Merkle tree', () => {
  // the test vectors of Certificate Transparency: the same tree hash
  const entries = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657'].map((hex) =>
    Buffer.from(hex, 'hex'),
  );
  it('has the roots that Certificate Transparency publishes for its test entries', () => {
    expect(EMPTY_ROOT.toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(rootOf(entries.slice(0, 1).map(leafHash)).toString('hex')).toBe(
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    );
    expect(rootOf(entries.slice(0, 3).map(leafHash)).toString('hex')).toBe(
      'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    );
    expect(rootOf(entries.map(leafHash)).toString('hex')).toBe(
      'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    );
  });

  it('has the root of the definition at every size, grown leaf by leaf', () => {
    const all = entriesOf(70);
    const frontier = MerkleFrontier.empty();
    for (let n = 0; n <= 70; n++) {
      expect(frontier.root()).toEqual(mth(all.slice(0, n)));
      if (n < 70) frontier.add(leafHash(all[n] as Buffer));
    }
    expect(frontier.size).toBe(70);
  });

  it('grows on from its complete subtrees alone', () => {
    const all = entriesOf(100);
    for (const size of [1, 2, 63, 64, 65, 99]) {
      const roots = subtreesOf(size).map(([from, to]) => mth(all.slice(from, to)));
      const frontier = MerkleFrontier.of(size, roots);
      for (const entry of all.slice(size)) frontier?.add(leafHash(entry));
      expect(frontier?.root()).toEqual(mth(all));
    }
    expect(MerkleFrontier.of(3, [EMPTY_ROOT])).toBeNull();
  });

  it('proves every leaf, and only in its place', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), async (size, pick) => {
        const entries = entriesOf(size);
        const index = pick % size;
        const subtree = async (from: number, to: number) => mth(entries.slice(from, to));
        const proof = await inclusionProof(subtree, index, size);
        const leaf = leafHash(entries[index] as Buffer);
        const root = mth(entries);
        expect(rootOfInclusion(leaf, index, size, proof)).toEqual(root);
        if (size > 1) {
          expect(rootOfInclusion(leaf, (index + 1) % size, size, proof)).not.toEqual(root);
          expect(rootOfInclusion(leaf, index, size, proof.slice(1))).not.toEqual(root);
        }
        expect(rootOfInclusion(leaf, index, size, [...proof, leaf])).toBeNull();
        expect(rootOfInclusion(nodeHash(leaf, leaf), index, size, proof)).not.toEqual(root);
        expect(rootOfInclusion(leaf, size, size, proof)).toBeNull();
      }),
      { numRuns: 60 },
    );
  });

  it('proves that a tree is the beginning of another, and never of one with another past', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, sizes, fc.nat(), async (a, b, pick) => {
        const [first, second] = [Math.min(a, b), Math.max(a, b)];
        const entries = entriesOf(second);
        const proof = await consistencyProof(async (from, to) => mth(entries.slice(from, to)), first, second);
        const trees = (all: readonly Buffer[]) =>
          [
            { size: first, root: mth(entries.slice(0, first)) },
            { size: second, root: mth(all) },
          ] as const;
        expect(isConsistent(...trees(entries), proof)).toBe(true);
        const other = [...entries];
        other[pick % first] = Buffer.alloc(32);
        const forged = await consistencyProof(async (from, to) => mth(other.slice(from, to)), first, second);
        expect(isConsistent(...trees(other), forged)).toBe(false);
        expect(isConsistent(...trees(entries), [...proof, EMPTY_ROOT])).toBe(false);
      }),
      { numRuns: 60 },
    );
  });
});
