import { integerSetting, type SettingsOf, textSetting } from '#platform';

export const auditSettings = {
  AUDIT_KEY_FILE: textSetting(
    'the Ed25519 private key that signs checkpoints, PEM; default signing-key.pem in the audit folder, made once',
    'a file',
    '',
  ),
  AUDIT_INTERVAL_SECONDS: integerSetting('how often new events are signed', { min: 1, max: 86_400, fallback: 60 }),
  AUDIT_EVENTS: integerSetting('new events that are signed at once', { min: 1, max: 1_000_000, fallback: 1_000 }),
} as const;

export type AuditSettings = SettingsOf<typeof auditSettings>;
