/** How quantities are spread. Whole numbers come out, the same on every machine. */

/** Splits a total by weights; the parts add up to it exactly (largest remainder). */
export function share(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((left, right) => left + right, 0);
  const exact = weights.map((weight) => (total * weight) / sum);
  const parts = exact.map(Math.floor);
  const rest = total - parts.reduce((left, right) => left + right, 0);
  const byRemainder = exact
    .map((value, index) => ({ index, remainder: value - Math.floor(value) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of byRemainder.slice(0, rest)) parts[index] = (parts[index] ?? 0) + 1;
  return parts;
}

/** The weights of Zipf's law: the first has the most. */
export const zipf = (count: number, exponent: number): number[] =>
  Array.from({ length: count }, (_, index) => Math.exp(-exponent * Math.log(index + 1)));

/** Weights that rise evenly to three times the first. */
export const rising = (count: number): number[] => Array.from({ length: count }, (_, index) => count + 2 * index);

/** The `steps` quantiles of a log-normal distribution, rounded. */
export const logNormal = (median: number, sigma: number, steps: number): number[] =>
  Array.from({ length: steps }, (_, index) =>
    Math.round(median * Math.exp(sigma * normalQuantile((index + 0.5) / steps))),
  );

/** Rational approximation of the quantile of the normal distribution: Abramowitz and Stegun 26.2.23, good to 0.0005. */
function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  const t = Math.sqrt(-2 * Math.log(p));
  return -(t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))));
}
