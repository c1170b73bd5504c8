import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { choiceSetting, httpSettings, readSettings, SettingsError, textSetting } from '#platform';
import { auditSettings } from '../command/audit/audit-settings.js';
import { engineSettings } from '../command/command-settings.js';
import { eventStoreSettings, personalDataSettings } from '../command/open-event-store.js';
import { marketDataSettings } from '../command/market-data/market-data-settings.js';
import { riskModelSettings } from '../command/risk-model/risk-model-settings.js';
import type { StandaloneOptions } from './standalone.js';

export interface StandaloneSettings extends StandaloneOptions {
  readonly DEMO: 'on' | 'off';
}

export const HELP = `The whole service in one process, on databases of its own that keep their data in a folder.

Usage: npm start [-- --no-demo]

  --no-demo   an empty folder stays empty (also DEMO=off); without it the first start shows a demonstration
  --help      this text

Environment:
  PORT        the port to listen on, default 3000; 0 takes a free one
  HOST        the address to listen on, default 127.0.0.1; any other than loopback needs API_KEYS
  DATA_DIR    the folder of the data, default ./data
  LOG_LEVEL   trace, debug, info, warn, error, fatal or silent, default warn
  API_KEYS    NAME:SHA256:SCOPES, several by commas; without keys nobody is asked for one

  MARKET_DATA_RETENTION_DAYS   how long daily bars are kept, default 0: for ever
  MARKET_DATA_BODY_BYTES_MAX   the longest file of bars taken, default 2 GiB
  TRADING_CALENDAR             whose sessions orders trade in: XNYS (default) or CONTINUOUS; a request may name another
  RISK_MODEL_SCHEDULE          when risk models are built: new-bars (default), a time of day such as 22:30 (UTC), or off
`;

/** What the service in one process is told by the environment. */
export const standaloneDefinitions = {
  ...httpSettings,
  ...engineSettings,
  ...marketDataSettings,
  ...riskModelSettings,
  ...auditSettings,
  ...eventStoreSettings,
  ...personalDataSettings,
  // people read this process's output: requests are logged where somebody asks for it
  LOG_LEVEL: { ...httpSettings.LOG_LEVEL, fallback: 'warn' },
  DATA_DIR: textSetting('the folder of the data', 'a folder', 'data'),
  DEMO: choiceSetting('whether an empty folder gets the demonstration', ['on', 'off'], 'on'),
} as const;

/**
 * @returns null where only help is asked for
 * @throws SettingsError
 */
export function standaloneSettings(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): StandaloneSettings | null {
  const flags = parseFlags(args);
  if (flags.help) return null;
  const settings = readSettings(standaloneDefinitions, environment);
  return {
    ...settings,
    DATA_DIR: resolve(settings.DATA_DIR),
    DEMO: flags.noDemo ? 'off' : settings.DEMO,
  };
}

function parseFlags(args: readonly string[]): { help: boolean; noDemo: boolean } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        'no-demo': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return { help: values.help, noDemo: values['no-demo'] };
  } catch (error) {
    throw new SettingsError(`${(error as Error).message.split('. ')[0] as string}; --help lists the options.`);
  }
}
