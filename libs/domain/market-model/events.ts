import type { MarketInstrument, WireFactorModel } from '../coordination/request.js';
import type { RiskModelReport } from './build-report.js';

/** Events of the stream `market-model`. */
export type MarketModelEvent = RiskModelPublished;

/** An immutable version of what the service believes of the market, named by the hash of its content. */
export interface RiskModelPublished {
  readonly type: 'risk_model_published';
  readonly data: {
    readonly model: MarketModel;
    /** absent for a model that came from elsewhere */
    readonly report?: RiskModelReport;
  };
}

export interface MarketModel {
  /** sha256 of the canonical JSON of everything below */
  readonly model_id: string;
  /** the last day of data in it */
  readonly as_of: string;
  readonly instruments: readonly ModelInstrument[];
  readonly factor_model: WireFactorModel;
  readonly regime: 'CALM' | 'NORMAL' | 'STRESSED';
  /** daily simple returns of the last days, oldest first, for historical simulation */
  readonly history?: {
    readonly dates: readonly string[];
    readonly instruments: readonly string[];
    readonly values: readonly (readonly (number | null)[])[];
  };
}

export interface ModelInstrument extends MarketInstrument {
  /** the day of the price, YYYY-MM-DD, where it is older than the model: stale */
  readonly price_as_of?: string;
}

export const MARKET_MODEL_STREAM = 'market-model';
