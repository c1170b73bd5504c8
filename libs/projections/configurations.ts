import type { RecordedEvent } from '#domain';
import { isOfType } from './event-of-type.js';
import type { RowChange } from './row-change.js';

/** `configurations`: the newest version of each named parameter set; a disabled one keeps its parameters. */
export function configurationRows(event: RecordedEvent): readonly RowChange[] {
  const written = { position: event.position, timestamp: event.recordedAt };
  if (isOfType(event, 'configuration_set')) {
    const { config_name, version, parameters } = event.data;
    const row = { config_name, version, enabled: true, parameters, ...written };
    return [{ kind: 'UPSERT', table: 'configurations', row }];
  }
  if (isOfType(event, 'configuration_disabled')) {
    const { config_name, version } = event.data;
    return [{ kind: 'UPDATE', table: 'configurations', row: { config_name, version, enabled: false, ...written } }];
  }
  return [];
}
