import { resolve } from 'node:path';
import { SettingsError } from '#platform';
import { standaloneSettings } from './settings.js';

describe('the settings of the standalone process', () => {
  it('have defaults for a person at a terminal', () => {
    expect(standaloneSettings([], {})).toMatchObject({
      HOST: '127.0.0.1',
      PORT: 3000,
      DATA_DIR: resolve('data'),
      DEMO: 'on',
      LOG_LEVEL: 'warn',
    });
  });

  it('leave the demonstration out by the flag or by the environment', () => {
    expect(standaloneSettings(['--no-demo'], {})?.DEMO).toBe('off');
    expect(standaloneSettings([], { DEMO: 'off' })?.DEMO).toBe('off');
    expect(standaloneSettings(['--no-demo'], { DEMO: 'on' })?.DEMO).toBe('off');
  });

  it('are not needed for help', () => {
    expect(standaloneSettings(['--help'], { PORT: 'nonsense' })).toBeNull();
  });

  it.each([
    [['--nodemo'], {}, /--nodemo.*--help lists the options/],
    [['file.json'], {}, /file\.json.*--help lists the options/],
    [[], { PORT: '70000' }, /PORT must be an integer from 0 to 65535/],
    [[], { DEMO: 'maybe' }, /DEMO must be one of on, off/],
  ])('refuse %j with %j', (args, environment, message) => {
    expect(() => standaloneSettings(args, environment)).toThrow(SettingsError);
    expect(() => standaloneSettings(args, environment)).toThrow(message);
  });
});
