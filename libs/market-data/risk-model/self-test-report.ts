import type { SelfTestReport } from '#domain';
import type { RiskModelSelfTest } from '#engine';

/** what the figures are called in a sentence */
const FIGURES: Readonly<Record<RiskModelSelfTest['alarms'][number]['figure'], string>> = {
  equal_weight: 'bias of the equally weighted portfolio',
  random_long: 'mean bias of random long-only portfolios',
  random_long_short: 'mean bias of random long-short portfolios',
  mahalanobis: 'Mahalanobis calibration',
  qlike_excess: 'loss of the volatility forecasts (QLIKE) over that of a plain standard deviation',
};

/** @param dates of the closes that were tested on */
export function selfTestReport(test: RiskModelSelfTest | null, dates: readonly string[]): SelfTestReport | null {
  if (test === null) return null;
  const { bias } = test;
  return {
    first_day: dates[test.firstDay + 1] as string,
    last_day: dates[test.lastDay + 1] as string,
    days: test.lastDay - test.firstDay + 1,
    refits: test.refits,
    bias: {
      equal_weight: bias.equalWeight,
      random_long: mean(bias.randomLong),
      random_long_short: mean(bias.randomLongShort),
      within_band: test.withinBand,
      portfolios: bias.randomLong.length + bias.randomLongShort.length,
      factors: Array.from(bias.factors),
    },
    qlike: { model: test.qlike, reference: test.qlikeReference },
    mahalanobis: test.mahalanobis,
    alarms: test.alarms.map(
      ({ figure, value, low, high }) =>
        `The ${FIGURES[figure]} is ${value.toFixed(3)}, outside of ${low === -Infinity ? 'at most' : `${low} to`} ${high}.`,
    ),
  };
}

const mean = (values: Float64Array): number => values.reduce((total, value) => total + value, 0) / values.length;
