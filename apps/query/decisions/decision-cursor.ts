import type { DecisionCursor } from '#read-models';
import { isUtcTime } from '#contracts';

/** Opaque to clients: the sort key of the last decision of a page. */
export function encodeCursor({ timestamp, coordination_id, decision_id }: DecisionCursor): string {
  return Buffer.from(JSON.stringify([timestamp, coordination_id, decision_id])).toString('base64url');
}

/** null for a text that is no cursor of ours */
export function decodeCursor(text: string): DecisionCursor | null {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (!Array.isArray(parts) || parts.length !== 3) return null;
    const [timestamp, coordination_id, decision_id] = parts as unknown[];
    if (typeof timestamp !== 'string' || !isUtcTime(timestamp)) return null;
    if (typeof coordination_id !== 'string' || typeof decision_id !== 'string') return null;
    if (/\p{Cc}/u.test(coordination_id + decision_id)) return null;
    return { timestamp, coordination_id, decision_id };
  } catch {
    return null;
  }
}
