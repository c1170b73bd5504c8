import { Injectable, type Provider } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import { Counter, Gauge } from 'prom-client';

const TICKETS = 'event_log_unsequenced_tickets';
const SECONDS = 'event_log_sequencer_lag_seconds';
const SIGNED = 'audit_signed_position';
const ATTEMPTS = 'audit_checkpoints_total';

export const auditMetricProviders: readonly Provider[] = [
  makeGaugeProvider({ name: TICKETS, help: 'Commits that have no position in the log yet' }),
  makeGaugeProvider({ name: SECONDS, help: 'Age of the oldest commit without a position; 0 where there is none' }),
  makeGaugeProvider({ name: SIGNED, help: 'Events that the newest checkpoint signed by this process covers' }),
  makeCounterProvider({
    name: ATTEMPTS,
    help: 'Checkpoints: SIGNED, REFUSED because the log is not what it was, or FAILED and tried again',
    labelNames: ['outcome'],
  }),
];

@Injectable()
export class AuditMetrics {
  constructor(
    @InjectMetric(TICKETS) private readonly tickets: Gauge,
    @InjectMetric(SECONDS) private readonly seconds: Gauge,
    @InjectMetric(SIGNED) private readonly signed: Gauge,
    @InjectMetric(ATTEMPTS) private readonly attempts: Counter,
  ) {}

  lags(lag: { readonly tickets: number; readonly seconds: number }): void {
    this.tickets.set(lag.tickets);
    this.seconds.set(lag.seconds);
  }

  attempted(outcome: 'SIGNED' | 'REFUSED' | 'FAILED'): void {
    this.attempts.inc({ outcome });
  }

  signedTo(position: number): void {
    this.signed.set(position);
  }
}
