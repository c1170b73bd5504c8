import { randomProblem } from '#testing';
import type { Problem } from './problem.js';
import { validateProblem } from './validate-problem.js';

const valid: Problem = {
  format: 'coordination-problem/1',
  instruments: ['A', 'B'],
  alpha: [0.01, -0.02],
  covariance: { loadings: [[1, 0.2], [0.5, 1]], factor: [[0.04, 0.01], [0.01, 0.02]], specific: [0.01, 0.02] },
  risk_aversion: 2,
  initial: [0.5, 0.2],
  cost_linear: [0.001, 0.001],
  tax: [{ instrument: 'A', pieces: [{ up_to: 0.1, rate: 0.01 }, { up_to: 0.5, rate: 0.02 }] }],
  lower: [0, 0],
  upper: [1, 1],
  invested: { min: 0, max: 1 },
  groups: [{ name: 'tech', members: [0], max: 0.4 }],
  turnover_max: 0.5,
  volatility_max: null,
  fixed: [1],
}; // prettier-ignore

const pointersOf = (doc: unknown) => {
  const result = validateProblem(doc);
  return 'errors' in result ? result.errors.map(({ pointer }) => pointer) : [];
};

describe('validateProblem', () => {
  it('accepts a valid document and hands it on unchanged', () => {
    expect(validateProblem(valid)).toEqual({ problem: valid });
  });

  it('accepts every document of the generator', () => {
    for (let seed = 0; seed < 200; seed += 1) expect(pointersOf(randomProblem(seed))).toEqual([]);
  });

  it('accepts groups that overlap and limits that exclude one another: the solver answers those', () => {
    const groups = [{ name: 'tech', members: [0, 1], max: 0.1 }, { name: 'us', members: [0], max: 0.2 }]; // prettier-ignore
    expect(pointersOf({ ...valid, groups, invested: { min: 0.9, max: 1 } })).toEqual([]);
  });

  it.each([
    ['not an object', null, ['']],
    ['another format', { ...valid, format: 'x' }, ['/format']],
    ['no instruments', { ...valid, instruments: undefined }, ['/instruments']],
    ['an instrument twice', { ...valid, instruments: ['A', 'A'] }, ['/instruments/1']],
    ['a size that differs', { ...valid, alpha: [1] }, ['/alpha']],
    ['a hole', { ...valid, alpha: [1, null] }, ['/alpha/1']],
    ['NaN', { ...valid, initial: [NaN, 0] }, ['/initial/0']],
    ['an infinity', { ...valid, upper: [1, Infinity] }, ['/upper/1']],
    ['a number that overflows when squared', { ...valid, upper: [1, 1e200] }, ['/upper/1']],
    ['a negative cost', { ...valid, cost_linear: [0, -1] }, ['/cost_linear/1']],
    ['a negative paid cost', { ...valid, paid_costs: { linear: [0, 0], impact: [-1, 0] } }, ['/paid_costs/impact/0']],
    ['a negative risk aversion', { ...valid, risk_aversion: -1 }, ['/risk_aversion']],
    ['a negative variance', { ...valid, covariance: { ...valid.covariance, specific: [0, -1] } }, ['/covariance/specific/1']],
    ['a ragged matrix', { ...valid, covariance: { ...valid.covariance, loadings: [[1, 2], [1]] } }, ['/covariance/loadings/1']],
    ['an asymmetric factor', { ...valid, covariance: { ...valid.covariance, factor: [[1, 0], [0.5, 1]] } }, ['/covariance/factor/1/0']],
    ['an indefinite factor', { ...valid, covariance: { ...valid.covariance, factor: [[1, 2], [2, 1]] } }, ['/covariance/factor']],
    ['lower above upper', { ...valid, lower: [0, 2] }, ['/lower/1']],
    ['min above max', { ...valid, invested: { min: 1, max: 0.5 } }, ['/invested/min']],
    ['a group member out of range', { ...valid, groups: [{ name: 'g', members: [2], max: 1 }] }, ['/groups/0/members/0']],
    ['a group member twice', { ...valid, groups: [{ name: 'g', members: [1, 1], max: 1 }] }, ['/groups/0/members/1']],
    ['a group name twice', { ...valid, groups: [valid.groups![0], valid.groups![0]] }, ['/groups/1/name']],
    ['a negative turnover', { ...valid, turnover_max: -0.1 }, ['/turnover_max']],
    ['fixed twice', { ...valid, fixed: [0, 0] }, ['/fixed/1']],
    ['a fraction as index', { ...valid, fixed: [0.5] }, ['/fixed/0']],
    ['an unknown field', { ...valid, 'a/b': 1 }, ['/a~1b']],
    ['an unknown field inside', { ...valid, invested: { min: 0, max: 1, mid: 2 } }, ['/invested/mid']],
    ['tax of an unknown instrument', { ...valid, tax: [{ instrument: 'C', pieces: [] }] }, ['/tax/0/instrument']],
    ['decreasing tax rates', { ...valid, tax: [{ instrument: 'A', pieces: [{ up_to: 0.1, rate: 2 }, { up_to: 0.2, rate: 1 }] }] }, ['/tax/0/pieces/1/rate']],
    ['a tax piece that ends before it begins', { ...valid, tax: [{ instrument: 'A', pieces: [{ up_to: 0.1, rate: 0 }, { up_to: 0.1, rate: 1 }] }] }, ['/tax/0/pieces/1/up_to']],
    ['a loss harvested where buying is allowed', { ...valid, tax: [{ instrument: 'A', pieces: [{ up_to: 0.1, rate: -0.1 }] }] }, ['/tax/0/pieces/0/rate']],
  ])('refuses %s', (_what, doc, pointers) => {
    expect(pointersOf(doc)).toEqual(pointers);
  }); // prettier-ignore

  it('accepts a harvested loss where buying is barred', () => {
    const tax = [{ instrument: 'A', pieces: [{ up_to: 0.1, rate: -0.1 }] }];
    expect(pointersOf({ ...valid, tax, upper: [0.5, 1] })).toEqual([]);
  });

  it('accepts a singular factor covariance', () => {
    expect(pointersOf({ ...valid, covariance: { ...valid.covariance, factor: [[1, 1], [1, 1]] } })).toEqual([]); // prettier-ignore
  });

  it('stops listing after a hundred faults', () => {
    const n = 500;
    const zeros = new Array<number>(n).fill(0);
    const doc = { ...valid, instruments: zeros.map((_, i) => `I${i}`), alpha: zeros.map(() => NaN) };
    expect(pointersOf(doc).length).toBe(100);
  });
});
