import { integerSetting, type SettingsOf } from '#platform';

/** What the import and the upkeep of market data read. */
export const marketDataSettings = {
  MARKET_DATA_BODY_BYTES_MAX: integerSetting('the longest body of bars taken', {
    min: 1_024,
    max: 1_099_511_627_776,
    fallback: 2_147_483_648,
  }),
  MARKET_DATA_LINE_CHARS_MAX: integerSetting('the longest line of it, characters', {
    min: 100,
    max: 1_000_000,
    fallback: 10_000,
  }),
  MARKET_DATA_COMPRESS_AFTER_DAYS: integerSetting(
    'the age at which chunks of bars are compressed, where TimescaleDB keeps them; 0 for never',
    { min: 0, max: 100_000, fallback: 400 },
  ),
  MARKET_DATA_RETENTION_DAYS: integerSetting('how long bars are kept; 0 for ever', {
    min: 0,
    max: 100_000,
    fallback: 0,
  }),
} as const;

export type MarketDataSettings = SettingsOf<typeof marketDataSettings>;
