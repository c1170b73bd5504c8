/** Words of PromQL that are no metrics. */
const WORDS = new Set(
  'by without on ignoring group_left group_right offset bool and or unless sum avg min max count topk bottomk rate increase irate histogram_quantile clamp_min clamp_max vector scalar time abs'.split(
    ' ',
  ),
);
/** What Prometheus and Node say themselves. */
const FOREIGN = /^(up|(process|nodejs)_(?!http).*)$/;

/** The metrics of ours, and the recorded series, that an expression reads; of a histogram's series, the histogram. */
export function metricsIn(expression: string): string[] {
  const bare = expression
    .replaceAll(/\{[^}]*\}/g, ' ')
    .replaceAll(/\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(by|without|on|ignoring)\s*\([^)]*\)/g, ' ');
  return (bare.match(/[a-zA-Z_:][a-zA-Z0-9_:]*/g) ?? [])
    .filter((word) => !WORDS.has(word) && !FOREIGN.test(word))
    .map((word) => word.replace(/_(bucket|count|sum)$/, ''));
}
