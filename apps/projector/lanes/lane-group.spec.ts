import { nextGroup } from './lane-group.js';

const lanes = (...positions: readonly number[]) =>
  positions.map((position, lane) => ({ lane, position: BigInt(position), fence: 1n }));
const group = (positions: readonly number[], caps?: readonly number[]) => {
  const next = nextGroup(
    lanes(...positions),
    caps && new Map(caps.map((cap, lane): [number, bigint] => [lane, BigInt(cap)])),
  );
  return (
    next && [next.lanes.map(({ lane }) => lane), Number(next.after), next.until === null ? null : Number(next.until)]
  );
};

describe('the lanes that go on next', () => {
  it('are all of them where they stand together', () => {
    expect(group([5, 5, 5])).toEqual([[0, 1, 2], 5, null]);
  });

  it('are those behind, up to where others join them', () => {
    expect(group([9, 5, 7, 5])).toEqual([[1, 3], 5, 7]);
  });

  it('stop at their caps', () => {
    expect(group([5, 5, 7], [6, 9, 7])).toEqual([[0, 1], 5, 6]);
    expect(group([6, 6, 7], [6, 9, 7])).toEqual([[1], 6, 9]);
    expect(group([6, 9, 7], [6, 9, 7])).toBeNull();
  });

  it('are none where there are none', () => {
    expect(group([])).toBeNull();
  });
});
