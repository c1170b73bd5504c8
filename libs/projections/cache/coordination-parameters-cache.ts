import type { RecordedEvent } from '#domain';
import { isOfType } from '../event-of-type.js';
import type { CacheChange } from './cache-change.js';
import { coordinationParametersKey } from './cache-keys.js';

/** `coord_params:{config_name}`: the parameters of an enabled configuration. */
export function coordinationParametersCache(event: RecordedEvent): readonly CacheChange[] {
  if (isOfType(event, 'configuration_set')) {
    const { config_name, parameters } = event.data;
    return [{ kind: 'SET', ...coordinationParametersKey(config_name), value: parameters }];
  }
  if (isOfType(event, 'configuration_disabled')) {
    return [{ kind: 'DELETE', ...coordinationParametersKey(event.data.config_name) }];
  }
  return [];
}
