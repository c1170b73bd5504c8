import { createHash } from 'node:crypto';
import { findPrincipal } from '../auth/api-keys.js';
import { httpSettings, refuseOpenListening } from './http-settings.js';
import { choiceSetting, integerSetting, readSettings, SettingsError, textSetting, urlSetting } from './settings.js';

const hash = (key: string) => createHash('sha256').update(key).digest('hex');

describe('readSettings', () => {
  it('has defaults for a process on its own machine', () => {
    expect(readSettings(httpSettings, {})).toEqual({
      HOST: '127.0.0.1',
      PORT: 3000,
      MAX_BODY_BYTES: 32 * 1024 * 1024,
      API_KEYS: [],
      LOG_LEVEL: 'info',
      SHUTDOWN_TIMEOUT_MS: 10_000,
    });
    expect(readSettings(httpSettings, { PORT: ' 8080 ', LOG_LEVEL: 'DEBUG', HOST: '' })).toMatchObject({
      PORT: 8080,
      LOG_LEVEL: 'debug',
      HOST: '127.0.0.1',
    });
  });

  const definitions = {
    COUNT: integerSetting('how many', { min: 1, max: 9, fallback: 3 }),
    MODE: choiceSetting('which', ['fast', 'safe'], 'safe'),
    NAME: textSetting('who', 'a name'),
    DATABASE_URL: urlSetting('the database', ['postgres:'], 'postgres://host/database'),
  };

  it('says in one sentence each what is wrong, and never shows a secret', () => {
    const read = () => readSettings(definitions, { COUNT: '1e1', MODE: 'quick', DATABASE_URL: 'mysql://u:geheim@h/d' });
    expect(read).toThrow(SettingsError);
    expect(read).toThrow(
      [
        'COUNT must be an integer from 1 to 9, but is "1e1".',
        'MODE must be one of fast, safe, but is "quick".',
        'NAME is required: who; it must be a name.',
        'DATABASE_URL must be a URL such as postgres://host/database.',
      ].join('\n'),
    );
  });

  it.each(['0', '10', '-1', '2.5', 'many', '٣'])('refuses %j as a count', (text) => {
    expect(() => readSettings({ COUNT: definitions.COUNT }, { COUNT: text })).toThrow(SettingsError);
  });
});

describe('API_KEYS', () => {
  const parse = (text: string) => readSettings({ API_KEYS: httpSettings.API_KEYS }, { API_KEYS: text }).API_KEYS;

  it('holds names, hashes and scopes', () => {
    const keys = parse(`ops:${hash('a')}:coordinate+read+operate, dash-board:${hash('b').toUpperCase()}:read`);
    expect(findPrincipal(keys, 'a')).toEqual({ name: 'ops', scopes: ['coordinate', 'read', 'operate'] });
    expect(findPrincipal(keys, 'b')).toEqual({ name: 'dash-board', scopes: ['read'] });
    expect(findPrincipal(keys, 'c')).toBeUndefined();
    expect(findPrincipal(keys, hash('a'))).toBeUndefined();
  });

  it.each([
    'ops:plain-text-key:read',
    `ops:${hash('a')}`,
    `ops:${hash('a')}:write`,
    `ops:${hash('a')}:read+write`,
    `o ps:${hash('a')}:read`,
    `ops:${hash('a')}:read,`,
  ])('refuses %j without repeating it', (text) => {
    expect(() => parse(text)).toThrow(SettingsError);
    expect(() => parse(text)).not.toThrow(text);
  });

  it('are needed to be reached from elsewhere', () => {
    const keys = parse(`ops:${hash('a')}:read`);
    for (const HOST of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) {
      expect(() => refuseOpenListening({ HOST, API_KEYS: [] })).not.toThrow();
    }
    for (const HOST of ['0.0.0.0', '::', '10.0.0.5', 'example.org', '127.0.0.1.example.org']) {
      expect(() => refuseOpenListening({ HOST, API_KEYS: [] })).toThrow(/set API_KEYS to/);
      expect(() => refuseOpenListening({ HOST, API_KEYS: keys })).not.toThrow();
    }
  });
});
