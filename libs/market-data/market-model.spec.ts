import { demoMarket } from './demo/market.js';
import { buildMarketModel } from './market-model.js';
import { type BarMatrix, sliceDays, upTo } from './bars.js';

const market = demoMarket();
const model = buildMarketModel(market.bars, market.instruments);

describe('the market model', () => {
  it('has the last close, volume, spread, volatility and sector of every instrument', () => {
    expect(model.as_of).toBe('2025-06-20');
    expect(model.instruments).toHaveLength(200);
    const ids = [...market.bars.instruments].sort();
    expect(model.instruments.map((instrument) => instrument.instrument_id)).toEqual(ids);
    for (const instrument of model.instruments) {
      const i = market.bars.instruments.indexOf(instrument.instrument_id);
      expect(instrument.price).toBe(market.bars.close[755 * 200 + i]);
      expect(instrument).not.toHaveProperty('price_as_of');
      expect(instrument.sector).toBe(market.instruments[i]?.sector);
      expect(instrument.adv).toBeGreaterThan(100);
      expect(instrument.half_spread).toBe(Math.max(0.0001, 0.005 / instrument.price));
      expect(instrument.volatility).toBeGreaterThan(0.004);
      expect(instrument.volatility).toBeLessThan(0.04);
    }
  });

  it('has a factor model whose variances are those of the volatilities', () => {
    const { loadings, factor_covariance: f, specific_variance } = model.factor_model;
    for (const [i, row] of loadings.entries()) {
      let variance = specific_variance[i] as number;
      for (const [a, x] of row.entries()) for (const [b, y] of row.entries()) variance += x * y * (f[a]?.[b] as number);
      expect(Math.sqrt(variance)).toBeCloseTo(model.instruments[i]?.volatility as number, 6);
    }
  });

  it('has a year of returns to a hundredth of a basis point', () => {
    const { dates, instruments, values } = model.history as NonNullable<typeof model.history>;
    expect([dates.length, values.length, instruments.length]).toEqual([252, 252, 200]);
    expect(dates[251]).toBe('2025-06-20');
    const n = 200;
    const column = instruments.indexOf(market.bars.instruments[7] as string);
    const exact = (market.bars.close[755 * n + 7] as number) / (market.bars.close[754 * n + 7] as number) - 1;
    expect(Math.abs((values[251]?.[column] as number) - exact)).toBeLessThanOrEqual(5.001e-7);
  });

  it('is named by its content: the same bars give the same name, one cent another', () => {
    expect(model.model_id).toMatch(/^[0-9a-f]{64}$/);
    expect(buildMarketModel(market.bars, market.instruments).model_id).toBe(model.model_id);
    const close = market.bars.close.slice();
    close[755 * 200] = (close[755 * 200] as number) + 0.01;
    expect(buildMarketModel({ ...market.bars, close }, market.instruments).model_id).not.toBe(model.model_id);
  });

  it('looks at nothing after its day', () => {
    const close = market.bars.close.map((value, i) => (i < 700 * 200 ? value : 1));
    const day = market.bars.days[699] as string;
    const early = buildMarketModel(sliceDays(market.bars, 0, 700), market.instruments);
    expect(buildMarketModel(upTo({ ...market.bars, close }, day), market.instruments)).toEqual(early);
  });

  it('lends a young instrument what its sector has', () => {
    const close = market.bars.close.slice();
    for (let t = 0; t < 740; t++) close[t * 200 + 5] = NaN;
    const bars: BarMatrix = { ...market.bars, close };
    const gaps = buildMarketModel(bars, market.instruments);
    const ids = gaps.instruments.map((instrument) => instrument.instrument_id);
    expect(gaps.factor_model.instruments).toEqual(ids);
    const young = gaps.instruments.find((i) => i.instrument_id === market.bars.instruments[5]);
    const peers = gaps.instruments
      .filter((i) => i.sector === young?.sector && i !== young)
      .map((i) => i.volatility ?? 0);
    expect(young?.volatility).toBeGreaterThan(Math.min(...peers));
    expect(young?.volatility).toBeLessThan(Math.max(...peers));
    expect(gaps.history?.values[0]?.[ids.indexOf(market.bars.instruments[5] as string)]).toBeNull();
  });

  it('needs a day', () => {
    const none = { days: [], instruments: [], close: new Float64Array(), volume: new Float64Array() };
    expect(() => buildMarketModel(none, [])).toThrow('at least one day');
  });
});
