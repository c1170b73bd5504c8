import { apiKeysSetting } from '../auth/api-keys.js';
import { LOG_LEVELS } from '../logging/logging.module.js';
import { choiceSetting, integerSetting, SettingsError, type SettingsOf, textSetting } from './settings.js';

/** What every HTTP process reads; spread it into the definitions of the process. */
export const httpSettings = {
  HOST: textSetting('the address to listen on', 'a host name or address', '127.0.0.1'),
  PORT: integerSetting('the port to listen on; 0 takes a free one', { min: 0, max: 65_535, fallback: 3_000 }),
  MAX_BODY_BYTES: integerSetting('the longest body taken', { min: 1_024, max: 1_073_741_824, fallback: 33_554_432 }),
  API_KEYS: apiKeysSetting,
  LOG_LEVEL: choiceSetting('the least severe log lines written', LOG_LEVELS, 'info'),
  SHUTDOWN_TIMEOUT_MS: integerSetting('the time requests in flight get to finish', {
    min: 0,
    max: 600_000,
    fallback: 10_000,
  }),
} as const;

export type HttpSettings = SettingsOf<typeof httpSettings>;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/** Nobody is asked for credentials without keys, so such a process may only be reached from its own machine. */
export function refuseOpenListening(settings: Pick<HttpSettings, 'HOST' | 'API_KEYS'>): void {
  if (LOOPBACK.test(settings.HOST) || settings.API_KEYS.length > 0) return;
  throw new SettingsError(
    `HOST ${settings.HOST} can be reached from other machines, but no credentials are configured: ` +
      'set API_KEYS to NAME:SHA256:SCOPES (for example "ops:$(printf %s "$KEY" | sha256sum | cut -d" " -f1):coordinate+read+operate"), ' +
      'or leave HOST at 127.0.0.1.',
  );
}
