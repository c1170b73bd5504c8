import { type Problem, solve, verifySolution } from '#engine';
import { type BenchCase, quantile } from '../bench.js';
import type { PeerAnswer, PythonPeers } from './python-peers.js';

const RUNS = 15;
const WARM_UP = 20;
/** A peer's answer counts where our multipliers prove it this close to the best one. */
const GAP_MAX = 1e-6;
const VIOLATION_MAX = 1e-6;

/**
 * Our solve of one problem beside each of the Python peers, alternately. Peers solve again with the structure they
 * already have, which suits them; ours starts from the document every time. What a peer cannot express or does not
 * solve is told on standard error.
 */
export async function comparePythonPeers(
  peers: PythonPeers,
  caseName: string,
  problem: Problem,
  emit: (result: BenchCase) => void,
): Promise<void> {
  for (const name of peers.names) {
    try {
      requireGood(problem, await peers.load(name, problem));
      for (let run = 0; run < WARM_UP; run += 1) solve(problem);
      const [ours, theirs]: [number[], number[]] = [[], []];
      for (let run = 0; run < RUNS; run += 1) {
        const start = performance.now();
        solve(problem);
        ours.push(performance.now() - start);
        theirs.push((await peers.again()).ms);
      }
      const medians = { ours: quantile(ours, 0.5), peer: quantile(theirs, 0.5) };
      emit({ case: caseName, metric: 'median', unit: 'ms', ...medians, peer_name: name });
    } catch (error) {
      console.error(`${caseName}: ${name} is skipped: ${(error as Error).message}`);
    }
  }
}

function requireGood(problem: Problem, { w }: PeerAnswer): void {
  const { gap_relative, violation_max } = verifySolution(problem, { w, multipliers: solve(problem).multipliers });
  if (gap_relative > GAP_MAX || violation_max > VIOLATION_MAX) {
    throw new Error(`its answer has a gap of ${gap_relative} and breaks a limit by ${violation_max}`);
  }
}
