import type { Setting, SettingsOf } from '#platform';

/** When risk models are built without being asked for: after new bars, at a time of day (minutes after midnight UTC), or never. */
export type RiskModelSchedule = 'new-bars' | 'off' | { readonly minuteOfDay: number };

const schedule: Setting<RiskModelSchedule> = {
  description: 'when risk models are built without being asked for',
  accepted: 'new-bars (a while after bars arrived), a time of day such as 22:30 (UTC), or off',
  fallback: 'new-bars',
  parse: (text) => {
    if (text === 'new-bars' || text === 'off') return text;
    const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
    return hours === undefined ? undefined : { minuteOfDay: 60 * Number(hours) + Number(minutes) };
  },
};

export const riskModelSettings = { RISK_MODEL_SCHEDULE: schedule } as const;

export type RiskModelSettings = SettingsOf<typeof riskModelSettings>;
