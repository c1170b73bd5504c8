import { ParametricProblem, type Problem, type Solution, solve, verifySolution } from '#engine';
import { RandomStream } from '#testing';
import { type BenchCase, quantile } from '../bench.js';
import type { PeerAnswer, PythonPeers } from './python-peers.js';

const RUNS = 31;
const COLD_RUNS = 3;
const WARM_UP_MS = 500;
const WARM_UP_ALPHAS = 20;
/** What our answers have to come up to, in relative gap and in weight; and a peer's, by the bound that our multipliers prove. */
const OURS = { gap: 1e-8, violation: 1e-8 };
const PEERS = { gap: 1e-6, violation: 1e-6 };
/** An alpha's correlation with the one before: a model run again a little later. */
const PERSISTENCE = 0.99;

/** Solves of one problem by us and by a peer. Milliseconds. */
interface Times {
  readonly ours: number[];
  readonly peer: number[];
}

/**
 * The same problem for one alpha after the other, by us and by each of the Python peers, alternately:
 *
 * - `CASE`: both solve again with the structure they have. A peer updates its parameter and starts from what it keeps,
 *   ours is a ParametricProblem and starts from its last multipliers. From the new alpha to the weights.
 * - `CASE, ours from the document`: ours reads the whole document and starts from nothing, the peer solves again.
 * - `CASE, both from the document`: the peer builds its problem and solves it for the first time.
 *
 * Every answer, of either side, is checked by the certificate, outside the measured time. What a peer cannot express or
 * does not solve is told on standard error.
 */
export async function comparePythonPeers(
  peers: PythonPeers,
  caseName: string,
  problem: Problem,
  emit: (result: BenchCase) => void,
): Promise<void> {
  for (const name of peers.names) {
    const tell = (kind: string, { ours, peer }: Times): void =>
      emit({
        case: `${caseName}${kind}`,
        metric: 'median',
        unit: 'ms',
        ours: quantile(ours, 0.5),
        peer: quantile(peer, 0.5),
        peer_name: name,
      });
    try {
      const cold = await fromDocument(peers, name, problem);
      const { again, document, unsolved } = await solvedAgain(peers, problem);
      if (unsolved.length > 0) {
        console.error(
          `${caseName}: ${name} fails ${unsolved.length} of ${RUNS} alphas, which are left out: ${unsolved[0]}`,
        );
      }
      if (unsolved.length > RUNS / 2) throw new Error('it solves too few');
      tell('', again);
      tell(', ours from the document', document);
      tell(', both from the document', cold);
    } catch (error) {
      console.error(`${caseName}: ${name} is skipped: ${(error as Error).message}`);
    }
  }
}

/** Leaves the peer with the problem loaded. */
async function fromDocument(peers: PythonPeers, name: string, problem: Problem): Promise<Times> {
  const times: Times = { ours: [], peer: [] };
  warmUp(() => solve(problem));
  for (let run = 0; run < COLD_RUNS; run += 1) {
    const answer = await peers.load(name, problem);
    times.peer.push(answer.ms);
    const { ms, solution } = timed(() => solve(problem));
    times.ours.push(ms);
    requireGood(problem, solution, answer);
  }
  return times;
}

/** Both ways of ours take every alpha, and the peer does before each. An alpha that the peer does not solve counts for nobody. */
async function solvedAgain(peers: PythonPeers, problem: Problem) {
  const parametric = new ParametricProblem(problem);
  const practice = alphas(problem, WARM_UP_ALPHAS);
  warmUp(() => practice.forEach((alpha) => parametric.solve(alpha)));
  const again: Times = { ours: [], peer: [] };
  const document: Times = { ours: [], peer: [] };
  const unsolved: string[] = [];
  for (const alpha of alphas(problem, RUNS)) {
    const changed = { ...problem, alpha };
    for (const [times, run] of [
      [again, () => parametric.solve(alpha)],
      [document, () => solve(changed)],
    ] as const) {
      // prettier-ignore
      try {
        const answer = await peers.again(alpha);
        const { ms, solution } = timed(run);
        requireGood(changed, solution, answer);
        times.peer.push(answer.ms);
        times.ours.push(ms);
      } catch (error) {
        if (error instanceof OwnFailure) throw error;
        if (times === again) unsolved.push((error as Error).message);
      }
    }
  }
  return { again, document, unsolved };
}

/** Alphas that change a little from each to the next, and stay of the size of the first. The same every time. */
function alphas({ alpha }: Problem, count: number): number[][] {
  const random = new RandomStream(count);
  const size = Math.sqrt(alpha.reduce((sum, value) => sum + value * value, 0) / alpha.length);
  const news = size * Math.sqrt(1 - PERSISTENCE * PERSISTENCE);
  let current = [...alpha];
  return Array.from({ length: count }, () => {
    current = current.map((value) => PERSISTENCE * value + news * random.normal());
    return current;
  });
}

/** What a service has behind it after its first requests: the compiler has seen the solver. Peers come compiled. */
function warmUp(run: () => void): void {
  const end = performance.now() + WARM_UP_MS;
  do run();
  while (performance.now() < end);
}

function timed(run: () => Solution): { ms: number; solution: Solution } {
  const start = performance.now();
  const solution = run();
  return { ms: performance.now() - start, solution };
}

/** An answer of ours that is not certified: nothing to leave out. */
class OwnFailure extends Error {}

function requireGood(problem: Problem, solution: Solution, { w }: PeerAnswer): void {
  const own = verifySolution(problem, solution);
  if (solution.status !== 'OPTIMAL' || own.gap_relative > OURS.gap || own.violation_max > OURS.violation) {
    throw new OwnFailure(`our own answer has a gap of ${own.gap_relative} and breaks a limit by ${own.violation_max}`);
  }
  const theirs = verifySolution(problem, { w, multipliers: solution.multipliers });
  if (theirs.gap_relative > PEERS.gap || theirs.violation_max > PEERS.violation) {
    throw new Error(`its answer has a gap of ${theirs.gap_relative} and breaks a limit by ${theirs.violation_max}`);
  }
}
