import { basisPoints, change, clock, number, percent, time, words } from './page/format.js';
import { hashOf, partsOf } from './page/address.js';
import { parameterOf, requestOf, withParameter } from './page/what-if.js';

describe('numbers and times', () => {
  it.each([
    [number(1234567.891, 2), '1,234,567.89'],
    [number(-1234), '−1,234'],
    [number(-0.0001, 2), '0.00'],
    [number(undefined), '–'],
    [number(Number.NaN), '–'],
    [percent(0.12345), '12.35 %'],
    [percent(null), '–'],
    [change(0.0125), '+1.25 %'],
    [change(-0.0125), '−1.25 %'],
    [change(0.00001), '0.00 %'],
    [basisPoints(3.25), '3.3 bp'],
    [time('2025-06-21T10:00:00.123Z'), '2025-06-21 10:00:00'],
    [clock('2025-06-21T10:30:00Z'), '10:30'],
    [words('CONFLICTING_SIGNALS'), 'conflicting signals'],
  ])('%s', (written, expected) => {
    expect(written).toBe(expected);
  });
});

describe('addresses', () => {
  it.each([['coord_1'], ['a/b'], ['50 %'], ['é<b>']])('come back as they were written: %s', (id) => {
    expect(partsOf(hashOf('coordination', id))).toEqual(['coordination', id]);
  });

  it('may be typed badly', () => {
    expect(partsOf('#/coordination/50%')).toEqual(['coordination', '50%']);
    expect(partsOf('')).toEqual([]);
  });
});

describe('the request of a what-if', () => {
  const request = { signals: [], portfolio_id: 'main', coordination_parameters: { max_turnover: 0.25 } };
  const state = { portfolio_id: 'main', as_of: '2025-06-20T20:00:00Z', cash: 1, positions: [] };

  it('has the portfolio and the time that the recorded one was decided with', () => {
    const recorded = { request, stored_portfolio_state: state, as_of: '2025-06-21T10:00:00Z' };
    expect(requestOf(recorded)).toEqual({
      signals: [],
      coordination_parameters: { max_turnover: 0.25 },
      portfolio_state: state,
      as_of: '2025-06-21T10:00:00Z',
    });
    expect(requestOf({})).toBeNull();
    expect(requestOf(null)).toBeNull();
  });

  it.each([
    ['0.1', 0.1],
    ['true', true],
    ['DEFENSIVE', 'DEFENSIVE'],
    ['["AAPL"]', ['AAPL']],
  ])('takes %s for a parameter', (typed, value) => {
    const changed = JSON.parse(withParameter(JSON.stringify(request), 'max_turnover', typed)) as typeof request;
    expect(changed).toEqual({ ...request, coordination_parameters: { max_turnover: value } });
  });

  it('says what is wrong with what was typed', () => {
    expect(() => withParameter('{', 'max_turnover', '1')).toThrow('This is not JSON');
    expect(() => withParameter('[]', 'max_turnover', '1')).toThrow('A request is a JSON object');
    expect(() => withParameter('{}', 'max_turnover', ' ')).toThrow('Say what max_turnover would be');
  });

  it('knows what the parameter is now', () => {
    expect(parameterOf(JSON.stringify(request), 'max_turnover')).toBe(0.25);
    expect(parameterOf('{', 'max_turnover')).toBeUndefined();
  });
});
