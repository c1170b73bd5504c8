import { nodeHash, splitPoint } from './hashes.js';

/** The root over the leaves from `from`, counted from 0, to before `to`: MTH(D[from:to]) of RFC 9162. */
export type Subtree = (from: number, to: number) => Promise<Buffer>;

/** PATH(index, D[size]) of RFC 9162, section 2.1.3.1. Needs 0 <= index < size. */
export async function inclusionProof(subtree: Subtree, index: number, size: number): Promise<Buffer[]> {
  const path: Buffer[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + splitPoint(to - from);
    if (index < middle) {
      path.push(await subtree(middle, to));
      to = middle;
    } else {
      path.push(await subtree(from, middle));
      from = middle;
    }
  }
  return path.reverse();
}

/** PROOF(first, D[second]) of RFC 9162, section 2.1.4.1. Needs 0 < first <= second. */
export async function consistencyProof(subtree: Subtree, first: number, second: number): Promise<Buffer[]> {
  const path: Buffer[] = [];
  let [from, to] = [0, second];
  while (first !== to) {
    const middle = from + splitPoint(to - from);
    if (first <= middle) {
      path.push(await subtree(middle, to));
      to = middle;
    } else {
      path.push(await subtree(from, middle));
      from = middle;
    }
  }
  if (from > 0) path.push(await subtree(from, to));
  return path.reverse();
}

/** The root that the proof leads to, RFC 9162, section 2.1.3.2; null where the proof has not the form of one. */
export function rootOfInclusion(leaf: Buffer, index: number, size: number, proof: readonly Buffer[]): Buffer | null {
  if (index >= size) return null;
  let [fn, sn, root] = [index, size - 1, leaf];
  for (const sibling of proof) {
    if (sn === 0) return null;
    if (fn % 2 === 1 || fn === sn) {
      root = nodeHash(sibling, root);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn / 2, half(sn)];
    } else {
      root = nodeHash(root, sibling);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 ? root : null;
}

/** Whether the proof shows that the first tree is the beginning of the second, RFC 9162, section 2.1.4.2. */
export function isConsistent(
  first: { readonly size: number; readonly root: Buffer },
  second: { readonly size: number; readonly root: Buffer },
  proof: readonly Buffer[],
): boolean {
  if (first.size === second.size) return proof.length === 0 && first.root.equals(second.root);
  if (first.size === 0 || first.size > second.size) return false;
  const path = isPowerOfTwo(first.size) ? [first.root, ...proof] : [...proof];
  const start = path.shift();
  if (start === undefined) return false;
  let [fn, sn] = [first.size - 1, second.size - 1];
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)];
  let [fr, sr] = [start, start];
  for (const hash of path) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeHash(hash, fr);
      sr = nodeHash(hash, sr);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn / 2, half(sn)];
    } else {
      sr = nodeHash(sr, hash);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && fr.equals(first.root) && sr.equals(second.root);
}

// not by bits, which end at 2 ** 31
const half = (n: number): number => Math.floor(n / 2);

function isPowerOfTwo(n: number): boolean {
  let power = 1;
  while (power < n) power *= 2;
  return power === n;
}
