/** What the pages read of the answers. Fields that later versions add are taken where they are there. */
import type { CoordinatedTradingDecision, CoordinationResponse, RejectedSignal } from '#domain';

export type { CoordinatedTradingDecision, CoordinationResponse, RejectedSignal };
export type Limit = CoordinationResponse['limits'][number];

export interface CoordinationRecord {
  readonly coordination_id: string;
  readonly position: string;
  readonly timestamp: string;
  readonly portfolio_id: string;
  readonly status: string;
  readonly coordination_quality: number;
  readonly decisions: number;
  readonly signals_processed: number;
  readonly signals_rejected: number;
  readonly turnover: number;
  readonly expected_cost_bps: number;
}
