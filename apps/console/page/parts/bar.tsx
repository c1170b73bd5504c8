/** How much of a bound is used, the bound being a mark on the line. Decoration: the numbers stand beside it. */
export function Bar({
  value,
  bound,
  before,
  max,
}: {
  readonly value: number;
  readonly bound?: number;
  readonly before?: number;
  /** the end of the line, where several share a scale; default by the numbers themselves */
  readonly max?: number;
}) {
  const scale = max ?? (Math.max(Math.abs(value), Math.abs(bound ?? 0), Math.abs(before ?? 0)) * 1.1 || 1);
  const at = (amount: number): string => `${Math.min(100, (Math.abs(amount) / scale) * 100)}%`;
  const over = bound !== undefined && value > bound * (1 + 1e-9);
  return (
    <span class="bar" aria-hidden="true">
      <span class={`fill${over ? ' over' : ''}`} style={{ width: at(value) }} />
      {before !== undefined && <span class="before" style={{ left: at(before) }} />}
      {bound !== undefined && <span class="bound" style={{ left: at(bound) }} />}
    </span>
  );
}
