import { EMPTY_ROOT, nodeHash } from './hashes.js';

/**
 * A Merkle tree that only grows, as the roots of its complete subtrees from left to right: their sizes are the powers of
 * two that its size is the sum of. Adding a leaf costs one hash on average, and nothing of the past is kept.
 */
export class MerkleFrontier {
  private readonly roots: Buffer[];

  private constructor(
    private leaves: number,
    roots: readonly Buffer[],
  ) {
    this.roots = [...roots];
  }

  static empty(): MerkleFrontier {
    return new MerkleFrontier(0, []);
  }

  /** null where a tree of this size has another number of complete subtrees */
  static of(size: number, roots: readonly Buffer[]): MerkleFrontier | null {
    return subtreesOf(size).length === roots.length ? new MerkleFrontier(size, roots) : null;
  }

  get size(): number {
    return this.leaves;
  }

  /** @param leaf its leafHash */
  add(leaf: Buffer): void {
    let root = leaf;
    for (let size = this.leaves; size % 2 === 1; size = (size - 1) / 2) root = nodeHash(this.roots.pop() ?? root, root);
    this.roots.push(root);
    this.leaves++;
  }

  root(): Buffer {
    let root = this.roots.at(-1) ?? EMPTY_ROOT;
    for (let i = this.roots.length - 2; i >= 0; i--) root = nodeHash(this.roots[i] as Buffer, root);
    return root;
  }
}

/** The complete subtrees of a tree, from left to right: their first leaf, counted from 0, and the one after their last. */
export function subtreesOf(size: number): readonly (readonly [from: number, to: number])[] {
  const subtrees: [number, number][] = [];
  let bit = 1;
  while (bit * 2 <= size) bit *= 2;
  for (let from = 0; bit >= 1; bit /= 2) {
    if (size - from < bit) continue;
    subtrees.push([from, from + bit]);
    from += bit;
  }
  return subtrees;
}

/** The root over the hashes of leaves, or of subtrees of one size. */
export function rootOf(hashes: readonly Buffer[]): Buffer {
  const frontier = MerkleFrontier.empty();
  for (const hash of hashes) frontier.add(hash);
  return frontier.root();
}
