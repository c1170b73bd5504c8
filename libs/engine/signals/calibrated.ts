/**
 * A confidence through a calibration map: linear between its points, constant beyond them, in [0, 1].
 *
 * @param points (said, hit rate), said ascending; none is the identity
 */
export function calibrated(stated: number, points: readonly (readonly [number, number])[]): number {
  const first = points[0];
  if (first === undefined) return stated;
  if (stated <= first[0]) return within(first[1]);
  for (let at = 1; at < points.length; at++) {
    const [x1, y1] = points[at]!;
    if (stated > x1) continue;
    const [x0, y0] = points[at - 1]!;
    return within(x1 > x0 ? y0 + ((stated - x0) / (x1 - x0)) * (y1 - y0) : y1);
  }
  return within(points[points.length - 1]![1]);
}

function within(rate: number): number {
  return Math.min(Math.max(rate, 0), 1);
}
