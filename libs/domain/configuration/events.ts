import type { CoordinationParameters } from '../coordination/request.js';

/** Events of the stream `configuration-{config_name}`; the stream's version is the configuration's version. */
export type ConfigurationEvent = ConfigurationSet | ConfigurationDisabled;

export interface ConfigurationSet {
  readonly type: 'configuration_set';
  readonly data: {
    readonly config_name: string;
    readonly version: number;
    readonly parameters: CoordinationParameters;
  };
}

export interface ConfigurationDisabled {
  readonly type: 'configuration_disabled';
  readonly data: { readonly config_name: string; readonly version: number };
}

export const configurationStream = (configName: string): string => `configuration-${configName}`;
