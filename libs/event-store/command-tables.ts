import { type CoordinationParameters, configurationStream } from '#domain';
import type { SqlExecutor } from '#platform';

export interface StoredConfiguration {
  /** of the configuration's stream */
  readonly version: number;
  /** the three columns put together again */
  readonly parameters: CoordinationParameters;
  readonly enabled: boolean;
}

export async function findConfiguration(db: SqlExecutor, name: string): Promise<StoredConfiguration | null> {
  const [row] = await db.query<{
    coordination_parameters: CoordinationParameters;
    priority_weights: CoordinationParameters['priority_weights'] & object;
    risk_limits: CoordinationParameters;
    enabled: boolean;
    version: number;
  }>(
    `SELECT coordination_parameters, priority_weights, risk_limits, enabled,
       coalesce((SELECT max(version) FROM events WHERE tenant = 'default' AND stream = $2), 0) AS version
     FROM coordination_configurations WHERE config_name = $1`,
    [name, configurationStream(name)],
  );
  if (row === undefined) return null;
  const { version, enabled, coordination_parameters, priority_weights, risk_limits } = row;
  return { version, enabled, parameters: { ...coordination_parameters, ...risk_limits, priority_weights } };
}
