import { integerSetting, optionalUrlSetting } from '#platform';
import { readSideSettings } from './open-read-side.js';

/** What the query process is told by the environment. */
export const querySettings = {
  ...readSideSettings,
  PORT: integerSetting('the port to listen on; 0 takes a free one', { min: 0, max: 65_535, fallback: 3_001 }),
  COMMAND_URL: {
    ...optionalUrlSetting(
      'where clients reach the command process: what takes the engine is redirected there',
      ['http:', 'https:'],
      'http://command:3000',
    ),
    secret: false,
  },
} as const;
