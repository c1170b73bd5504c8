import { performanceRange } from './performance-range.js';

const now = Date.UTC(2025, 5, 21, 10);

describe('performanceRange', () => {
  it('is the last day by minutes where nothing is asked for', () => {
    const [from, to] = ['2025-06-20T10:00:00.000Z', '2025-06-21T10:00:00.000Z'];
    expect(performanceRange({}, now)).toEqual({ bucket: '1m', from, to });
  });

  it('keeps what was asked for to the last digit', () => {
    const [from, to] = ['2025-01-01T00:00:00.123456Z', '2025-02-01T00:00:00Z'];
    expect(performanceRange({ bucket: '1h', from, to }, now)).toEqual({ bucket: '1h', from, to });
    expect(performanceRange({ to }, now)).toEqual({ bucket: '1m', from: '2025-01-31T00:00:00.000Z', to });
  });

  it.each([
    [{ from: '2025-06-22T00:00:00Z' }, '/from'],
    [{ from: '2025-06-21T00:00:00Z', to: '2025-06-21T00:00:00Z' }, '/from'],
    [{ from: '2025-01-01T00:00:00Z' }, '/bucket'],
  ])('refuses %j', (request, pointer) => {
    expect(performanceRange(request, now)).toMatchObject([{ pointer }]);
  });
});
