import { sampleMarketModel } from '#testing';
import { correlationMatrix } from './correlation-matrix.js';
import { riskMetrics } from './risk-metrics.js';

const model = sampleMarketModel();

describe('correlationMatrix', () => {
  it('is the covariance over the volatilities', () => {
    const { instruments, values, model_id } = correlationMatrix(model);
    expect(model_id).toBe('model-1');
    expect(instruments).toEqual(['AAPL', 'MSFT', 'XOM']);
    // covariances 2, 0.5 and 1 over volatilities 2, 3 and 1
    expect(values).toEqual([
      [1, 0.333333, 0.25],
      [0.333333, 1, 0.333333],
      [0.25, 0.333333, 1],
    ]);
  });

  it('picks the wanted instruments in their order and leaves out the unknown', () => {
    const { instruments, values } = correlationMatrix(model, ['XOM', 'NONE', 'AAPL']);
    expect(instruments).toEqual(['XOM', 'AAPL']);
    expect(values).toEqual([
      [1, 0.25],
      [0.25, 1],
    ]);
  });

  it('has no correlation with an instrument that does not move', () => {
    const loadings = model.factor_model.loadings.map((row, i) => (i === 2 ? [0, 0] : row));
    const still = correlationMatrix({ ...model, factor_model: { ...model.factor_model, loadings } });
    expect(still.values[2]).toEqual([0, 0, 1]);
  });
});

describe('riskMetrics', () => {
  it('splits the variance into what the factors explain and the rest', () => {
    const [aapl, msft, xom] = riskMetrics(model);
    expect(aapl).toMatchObject({ instrument_id: 'AAPL', sector: 'Technology', price: 200, adv: 1e6, regime: 'NORMAL' });
    expect(aapl?.volatility).toBeCloseTo(0.02, 14);
    expect(aapl?.systematic_volatility).toBeCloseTo(0.01, 14);
    expect(aapl?.specific_volatility).toBeCloseTo(Math.sqrt(0.0003), 14);
    expect(msft?.var_95).toBeCloseTo(1.6448536269514722 * 0.03, 14);
    expect(msft?.cvar_95).toBeCloseTo(0.0618813842, 9);
    expect(xom).not.toHaveProperty('sector');
    expect(xom?.factor_exposures).toEqual([0, 0.01]);
  });
});
