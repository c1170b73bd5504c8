/** Markup is shown, never run. */
export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

export interface Series {
  readonly label: string;
  readonly colour: string;
  readonly values: readonly number[];
}

const WIDTH = 720;
const HEIGHT = 220;
const LEFT = 70;
const BOTTOM = 24;

/** Lines over the same points, from left to right, with the zero line and the ends of both axes. */
export function linePlot(title: string, labels: readonly string[], series: readonly Series[], unit: string): string {
  const values = series.flatMap((each) => each.values).filter(Number.isFinite);
  if (values.length === 0 || labels.length < 2) return nothing(title);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const span = high - low || 1;
  const x = (at: number): number => LEFT + ((WIDTH - LEFT - 10) * at) / (labels.length - 1);
  const y = (value: number): number => 10 + (HEIGHT - BOTTOM - 10) * (1 - (value - low) / span);
  const lines = series.map(({ label, colour, values: points }) => {
    const path = points
      .map((value, at) => `${at === 0 ? 'M' : 'L'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`)
      .join('');
    return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.5"><title>${escaped(label)}</title></path>`;
  });
  const text = (at: number, value: number): string =>
    `<text x="${LEFT - 6}" y="${at.toFixed(1)}" text-anchor="end">${escaped(short(value))}</text>`;
  return figure(
    title,
    `<line x1="${LEFT}" x2="${WIDTH - 10}" y1="${y(0).toFixed(1)}" y2="${y(0).toFixed(1)}" class="axis"/>` +
      text(y(high) + 4, high) +
      (low < 0 ? text(y(low) + 4, low) : '') +
      `<text x="${LEFT}" y="${HEIGHT - 6}">${escaped(labels[0] ?? '')}</text>` +
      `<text x="${WIDTH - 10}" y="${HEIGHT - 6}" text-anchor="end">${escaped(labels.at(-1) ?? '')} (${escaped(unit)})</text>` +
      lines.join(''),
  );
}

/** What was said against what came, with the line on which both are the same. */
export function reliabilityPlot(
  title: string,
  bins: readonly {
    readonly mean_confidence: number;
    readonly hit_rate: number;
    readonly low: number;
    readonly high: number;
  }[],
): string {
  if (bins.length === 0) return nothing(title);
  const x = (value: number): number => LEFT + (HEIGHT - 30) * 2 * value;
  const y = (value: number): number => 10 + (HEIGHT - BOTTOM - 10) * (1 - value);
  const points = bins.map(
    ({ mean_confidence: said, hit_rate: came, low, high }) =>
      `<line x1="${x(said).toFixed(1)}" x2="${x(said).toFixed(1)}" y1="${y(low).toFixed(1)}" y2="${y(high).toFixed(1)}" class="bar"/>` +
      `<circle cx="${x(said).toFixed(1)}" cy="${y(came).toFixed(1)}" r="3.5"/>`,
  );
  return figure(
    title,
    `<line x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}" class="axis"/>${points.join('')}` +
      `<text x="${LEFT - 6}" y="${y(1) + 4}" text-anchor="end">1</text><text x="${LEFT - 6}" y="${y(0)}" text-anchor="end">0</text>` +
      `<text x="${x(1)}" y="${HEIGHT - 6}" text-anchor="end">confidence 1</text><text x="${LEFT}" y="${HEIGHT - 6}">0</text>`,
  );
}

const figure = (title: string, content: string): string =>
  `<figure><figcaption>${escaped(title)}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">${content}</svg></figure>`;

const nothing = (title: string): string =>
  `<figure><figcaption>${escaped(title)}</figcaption><p class="empty">Nothing has been measured in this range.</p></figure>`;

function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${(value / 1e6).toFixed(1)} M`;
  if (size >= 1e3) return `${(value / 1e3).toFixed(1)} k`;
  return value.toPrecision(3);
}
