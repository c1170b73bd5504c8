import { configurationStream, type CoordinationParameters } from '#domain';
import type { ConfigurationRow } from '#event-store';
import type { EventAddress } from '../idempotency/idempotency.js';

/** What the commands on a configuration answer. */
export interface Configuration {
  readonly config_name: string;
  readonly version: number;
  readonly enabled: boolean;
  readonly coordination_parameters: CoordinationParameters;
}

/** The row of coordination_configurations: the store puts its three columns together again. */
export function configurationRow({ config_name, enabled, coordination_parameters }: Configuration): ConfigurationRow {
  const {
    priority_weights = {},
    max_position_size,
    correlation_threshold,
    risk_budget_limit,
    risk_budget_share,
    max_sector_weight,
    max_turnover,
    max_participation,
    max_gross,
    cash_buffer,
    instrument_bounds,
    restricted,
    ...rest
  } = coordination_parameters;
  const limits = {
    max_position_size,
    correlation_threshold,
    risk_budget_limit,
    risk_budget_share,
    max_sector_weight,
    max_turnover,
    max_participation,
    max_gross,
    cash_buffer,
    instrument_bounds,
    restricted,
  };
  return { config_name, enabled, priority_weights, risk_limits: limits, coordination_parameters: rest };
}

/** The event that a version of a configuration is. */
export const configurationEvent = ({ config_name, version }: Configuration): EventAddress => ({
  stream: configurationStream(config_name),
  version,
});
