/** Events of the stream `learned-state`: what was proposed, how it was judged, and what is believed. */
export type LearnedStateEvent = LearnedStateProposed | LearnedStateJudged | LearnedStatePromoted | LearnedStateReverted;

/** A challenger: never used by itself. */
export interface LearnedStateProposed {
  readonly type: 'learned_state_proposed';
  readonly data: {
    readonly state: RecordedLearnedState;
    /** outcomes known by then were learned from */
    readonly learned_until: string;
    readonly observations: number;
  };
}

/** A look at a challenger that did not promote it; it is counted, because every look makes the next one stricter. */
export interface LearnedStateJudged {
  readonly type: 'learned_state_judged';
  readonly data: { readonly learned_state_id: string; readonly test: RecordedPromotionTest };
}

/** A challenger became the champion: coordinations from here on use it. */
export interface LearnedStatePromoted {
  readonly type: 'learned_state_promoted';
  readonly data: {
    readonly learned_state_id: string;
    readonly replaces: string;
    readonly test: RecordedPromotionTest;
  };
}

/** The champion before came back, by a test or by a person. */
export interface LearnedStateReverted {
  readonly type: 'learned_state_reverted';
  readonly data: { readonly learned_state_id: string; readonly replaces: string; readonly reason: string };
}

export interface RecordedLearnedState {
  /** sha256 of the canonical JSON of everything below */
  readonly learned_state_id: string;
  readonly reliabilities: readonly { readonly source: string; readonly reliability: number }[];
  readonly regime_multipliers: readonly {
    readonly source: string;
    readonly regime: 'CALM' | 'NORMAL' | 'STRESSED';
    readonly multiplier: number;
  }[];
  readonly error_correlations: readonly { readonly a: string; readonly b: string; readonly rho: number }[];
  readonly calibration?: readonly { readonly stated: number; readonly hit_rate: number }[];
  readonly zeta?: number;
  readonly half_lives?: readonly { readonly source: string; readonly days: number }[];
}

export interface RecordedPromotionTest {
  readonly verdict: 'PROMOTE' | 'KEEP' | 'TOO_EARLY';
  readonly look: number;
  readonly blocks: number;
  /** utility a coordination, fraction of NAV */
  readonly mean_difference: number;
  readonly p_value_t: number;
  /** null where the t test had decided already */
  readonly p_value_bootstrap: number | null;
  readonly threshold: number;
}

export const LEARNED_STATE_STREAM = 'learned-state';
