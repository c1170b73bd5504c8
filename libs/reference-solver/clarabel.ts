import { createRequire } from 'node:module';
import type { ConicProgram } from './conic-program.js';

export interface ConicAnswer {
  /** `unknown` covers answers that Clarabel itself calls almost solved, and failures */
  readonly status: 'optimal' | 'infeasible' | 'unknown';
  readonly x: Float64Array;
  /** one a row of A, in the dual cone */
  readonly z: Float64Array;
  readonly iterations: number;
}

interface ClarabelBinding {
  solve(
    pColumns: Uint32Array,
    pRows: Uint32Array,
    pValues: Float64Array,
    q: Float64Array,
    aColumns: Uint32Array,
    aRows: Uint32Array,
    aValues: Float64Array,
    b: Float64Array,
    n: number,
    m: number,
    cones: string,
    settings: string,
  ): { status: string; x: ArrayLike<number> | null; z: ArrayLike<number> | null; iterations: number };
}

const MODULE = 'clarabel-wasm-nodejs';

/**
 * Clarabel 0.9 compiled to WebAssembly, as the package cvxjs ships it. cvxjs itself only offers it behind a promise;
 * its binding is synchronous, as an optimiser has to be. `tolerance` is that of the duality gap, absolute and relative.
 */
export function loadClarabel(): (program: ConicProgram, tolerance: number) => ConicAnswer {
  const load = createRequire(createRequire(import.meta.url).resolve('cvxjs'));
  const fresh = () => {
    Reflect.deleteProperty(load.cache, load.resolve(MODULE));
    return load(MODULE) as ClarabelBinding;
  };
  let binding = fresh();
  return ({ P, q, A, b, cones }, tolerance) => {
    const settings = {
      verbose: false,
      max_iter: 200,
      time_limit: 1e10,
      tol_gap_abs: tolerance,
      tol_gap_rel: tolerance,
    };
    const failed: ConicAnswer = {
      status: 'unknown',
      x: new Float64Array(q.length),
      z: new Float64Array(b.length),
      iterations: 0,
    };
    try {
      const raw = binding.solve(
        P.columns,
        P.rows,
        P.values,
        q,
        A.columns,
        A.rows,
        A.values,
        b,
        q.length,
        b.length,
        JSON.stringify(cones),
        JSON.stringify(settings),
      );
      return {
        status: raw.status === 'optimal' || raw.status === 'infeasible' ? raw.status : 'unknown',
        x: raw.x ? Float64Array.from(raw.x) : failed.x,
        z: raw.z ? Float64Array.from(raw.z) : failed.z,
        iterations: raw.iterations,
      };
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'RuntimeError') throw error;
      // the solver panicked on this problem and its memory cannot be trusted any more
      binding = fresh();
      return failed;
    }
  };
}
