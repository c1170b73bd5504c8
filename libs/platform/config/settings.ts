import { OperatorError } from '../operator-error.js';

/** A setting read from the environment: how its text becomes a value, and what is accepted, for the sentence on a bad one. */
export interface Setting<T> {
  readonly description: string;
  /** what is accepted, continuing "NAME must be ..." */
  readonly accepted: string;
  /** undefined for a text that is not accepted */
  readonly parse: (text: string) => T | undefined;
  /** the text used where the variable is absent or empty; without one the setting is required */
  readonly fallback?: string;
  /** in words, for people, where the text follows from the machine or from another setting */
  readonly fallbackText?: string;
  /** its value never appears in messages */
  readonly secret?: boolean;
}

export type SettingDefinitions = Readonly<Record<string, Setting<unknown>>>;

export type SettingsOf<D extends SettingDefinitions> = {
  readonly [Name in keyof D]: D[Name] extends Setting<infer T> ? T : never;
};

/** The environment is not acceptable; the message is for the person who started the process. */
export class SettingsError extends OperatorError {}

/** Reads and checks every setting at once. Throws a SettingsError with one sentence for each bad value. */
export function readSettings<D extends SettingDefinitions>(
  definitions: D,
  environment: Readonly<Record<string, string | undefined>>,
): SettingsOf<D> {
  const problems: string[] = [];
  const entries = Object.entries(definitions).map(([name, setting]) => {
    const given = environment[name]?.trim();
    const text = given === undefined || given === '' ? setting.fallback : given;
    if (text === undefined) {
      problems.push(`${name} is required: ${setting.description}; it must be ${setting.accepted}.`);
      return [name, undefined] as const;
    }
    const value = setting.parse(text);
    if (value === undefined) {
      const shown = setting.secret ? '' : `, but is ${JSON.stringify(text)}`;
      problems.push(`${name} must be ${setting.accepted}${shown}.`);
    }
    return [name, value] as const;
  });
  if (problems.length > 0) throw new SettingsError(problems.join('\n'));
  return Object.fromEntries(entries) as SettingsOf<D>;
}

export function textSetting(description: string, accepted: string, fallback?: string): Setting<string> {
  return { description, accepted, parse: (text) => text, ...(fallback === undefined ? {} : { fallback }) };
}

export function integerSetting(
  description: string,
  bounds: { readonly min: number; readonly max: number; readonly fallback: number },
): Setting<number> {
  const { min, max, fallback } = bounds;
  return {
    description,
    accepted: `an integer from ${min} to ${max}`,
    fallback: String(fallback),
    parse: (text) => {
      const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? value : undefined;
    },
  };
}

export function choiceSetting<T extends string>(description: string, choices: readonly T[], fallback: T): Setting<T> {
  return {
    description,
    accepted: `one of ${choices.join(', ')}`,
    fallback,
    parse: (text) => choices.find((choice) => choice === text.toLowerCase()),
  };
}

/** A connection URL that need not be given; '' where it is not. */
export function optionalUrlSetting(description: string, schemes: readonly string[], example: string): Setting<string> {
  const { parse, ...required } = urlSetting(description, schemes, example);
  return { ...required, fallback: '', parse: (text) => (text === '' ? text : parse(text)) };
}

/** A connection URL; it holds a password, so its value is never shown. */
export function urlSetting(description: string, schemes: readonly string[], example: string): Setting<string> {
  return {
    description,
    accepted: `a URL such as ${example}`,
    secret: true,
    parse: (text) => (URL.canParse(text) && schemes.includes(new URL(text).protocol) ? text : undefined),
  };
}
