import { SeededRandom } from '../numerics/index.js';

export interface ShapleyValue {
  readonly player: string;
  /** in the units of the characteristic function */
  readonly value: number;
  /** of the value; 0 where it is exact */
  readonly standardError: number;
}

export interface ShapleyOptions {
  /** more players than this are sampled; default 12, at most 20 */
  readonly exactUpTo?: number;
  /** sampled permutations are drawn in blocks of twice as many as there are players; default 16 blocks */
  readonly blocks?: number;
  readonly seed?: number;
}

/**
 * Shapley values (1953): each player's marginal contribution averaged over all orders in which they could have come. They add up to what all
 * players are worth beyond none, sampled ones too, for every order's contributions telescope.
 *
 * Beyond 12 players, orders are sampled in blocks: all rotations of one permutation, which put every player once in every place (stratified; Maleki et al. 2013), and the
 * reverse of each (antithetic; Mitchell et al. 2022). Standard errors are those of the means of the blocks.
 *
 * @param worth of a set of players, given in the order of `players`; called once for each set
 */
export function shapley(
  players: readonly string[],
  worth: (members: readonly string[]) => number,
  options: ShapleyOptions = {},
): readonly ShapleyValue[] {
  const exactUpTo = Math.min(options.exactUpTo ?? 12, 20);
  const known = new Map<string, number>();
  const worthOf = (isMember: Uint8Array): number => {
    const key = isMember.join('');
    let value = known.get(key);
    if (value === undefined) known.set(key, (value = worth(players.filter((_, i) => isMember[i] === 1))));
    return value;
  };
  if (players.length <= exactUpTo) return exact(players, worthOf);
  return sampled(players, worthOf, options.blocks ?? 16, new SeededRandom(options.seed ?? 1));
}

function exact(players: readonly string[], worthOf: (isMember: Uint8Array) => number): readonly ShapleyValue[] {
  const n = players.length;
  const members = new Uint8Array(n);
  const worths = new Float64Array(1 << n);
  for (let set = 0; set < worths.length; set++) {
    for (let i = 0; i < n; i++) members[i] = (set >> i) & 1;
    worths[set] = worthOf(members);
  }
  // |S|! (n - |S| - 1)! / n!
  const weight = [1 / n];
  for (let size = 1; size < n; size++) weight.push((weight[size - 1]! * size) / (n - size));
  return players.map((player, i) => {
    let value = 0;
    for (let set = 0; set < worths.length; set++) {
      if (((set >> i) & 1) === 1) continue;
      value += weight[sizeOf(set)]! * (worths[set | (1 << i)]! - worths[set]!);
    }
    return { player, value, standardError: 0 };
  });
}

function sizeOf(set: number): number {
  let size = 0;
  for (let rest = set; rest > 0; rest &= rest - 1) size++;
  return size;
}

function sampled(
  players: readonly string[],
  worthOf: (isMember: Uint8Array) => number,
  blocks: number,
  random: SeededRandom,
): readonly ShapleyValue[] {
  const n = players.length;
  const total = new Float64Array(n);
  const squares = new Float64Array(n);
  const members = new Uint8Array(n);
  for (let block = 0; block < blocks; block++) {
    const order = random.permutation(n);
    const means = new Float64Array(n);
    for (let shift = 0; shift < n; shift++) {
      for (const reversed of [false, true]) {
        members.fill(0);
        let before = worthOf(members);
        for (let place = 0; place < n; place++) {
          const player = order[((reversed ? n - 1 - place : place) + shift) % n]!;
          members[player] = 1;
          const after = worthOf(members);
          means[player]! += (after - before) / (2 * n);
          before = after;
        }
      }
    }
    for (let i = 0; i < n; i++) {
      total[i]! += means[i]!;
      squares[i]! += means[i]! * means[i]!;
    }
  }
  return players.map((player, i) => {
    const value = total[i]! / blocks;
    const variance = blocks > 1 ? Math.max(0, squares[i]! - blocks * value * value) / (blocks - 1) : NaN;
    return { player, value, standardError: Math.sqrt(variance / blocks) };
  });
}
