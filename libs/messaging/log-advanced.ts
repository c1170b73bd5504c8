/** A doorbell: the log is longer than it was. Nothing is lost with it; who missed a ring reads more at the next. */
export const LOG_ADVANCED_TOPIC = 'log_advanced';

export interface LogAdvanced {
  /** a position that the log has, as a decimal string; there may be more */
  readonly position: string;
}
