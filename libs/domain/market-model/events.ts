import type { MarketInstrument, WireFactorModel } from '../coordination/request.js';

/** Events of the stream `market-model`. */
export type MarketModelEvent = MarketModelPublished;

/** An immutable version of what the service believes of the market, named by the hash of its content. */
export interface MarketModelPublished {
  readonly type: 'market_model_published';
  readonly data: MarketModel;
}

export interface MarketModel {
  /** sha256 of the canonical JSON of everything below */
  readonly model_id: string;
  /** the last day of data in it */
  readonly as_of: string;
  readonly instruments: readonly MarketInstrument[];
  readonly factor_model: WireFactorModel;
  readonly regime: 'CALM' | 'NORMAL' | 'STRESSED';
  /** daily simple returns of the last days, oldest first, for historical simulation */
  readonly history?: {
    readonly dates: readonly string[];
    readonly instruments: readonly string[];
    readonly values: readonly (readonly (number | null)[])[];
  };
}

export const MARKET_MODEL_STREAM = 'market-model';
