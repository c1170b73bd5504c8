/** What the doctor found, and what to do about it. */
export interface Finding {
  /** what was looked at: node, settings, event store, read models, market data, redis, pulsar, service */
  readonly area: string;
  /** WARN: it works, and will not always; FAIL: the service does not work with it */
  readonly status: 'OK' | 'WARN' | 'FAIL';
  readonly finding: string;
  readonly advice?: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export const ok = (area: string, finding: string): Finding => ({ area, status: 'OK', finding });
export const warn = (area: string, finding: string, advice: string): Finding => {
  return { area, status: 'WARN', finding, advice };
};
export const fail = (area: string, finding: string, advice: string): Finding => {
  return { area, status: 'FAIL', finding, advice };
};

/** seconds by which two clocks may differ before somebody should look, and before it does harm */
const CLOCK_WARN_SECONDS = 1;
const CLOCK_FAIL_SECONDS = 30;

/** What another machine's clock says beside ours. @param ahead seconds that it is ahead of this machine's */
export function clockFinding(area: string, ahead: number): Finding {
  const size = Math.abs(ahead);
  const finding = `its clock is ${size.toFixed(1)} s ${ahead >= 0 ? 'ahead of' : 'behind'} this machine's`;
  const advice =
    'synchronise both with NTP: signals from the future are refused after 5 s, and leases are told by the servers’ clocks';
  if (size > CLOCK_FAIL_SECONDS) return fail(area, finding, advice);
  return size > CLOCK_WARN_SECONDS ? warn(area, finding, advice) : ok(area, finding);
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
