/** The entries as a plain array, which Array.from takes over their iterator and so ten times as long for. */
export function listOf(values: Float64Array): number[] {
  const list = new Array<number>(values.length);
  for (let i = 0; i < values.length; i += 1) list[i] = values[i]!;
  return list;
}
