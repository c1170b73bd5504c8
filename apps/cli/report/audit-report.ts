import type { AuditReport, ProofReport } from '#audit';

/** What was checked and what was found, for a person. */
export function auditReportText(report: AuditReport): string {
  const { origin, from, to, events, signedTo, checkpoints, fault } = report;
  const last = from + events - 1;
  const range = events === 0 ? 'no event' : `events ${from} to ${last}`;
  if (fault !== null) {
    const place = fault.position === null ? '' : ` at position ${fault.position}`;
    return [`NOT INTACT${place}: ${fault.message} (${fault.code})`, `Found in order before it: ${range}.`, ''].join(
      '\n',
    );
  }
  const unsigned = to - Math.max(signedTo, from - 1);
  return [
    `Intact: ${range} of ${origin ?? 'the log'}.`,
    signedTo === 0
      ? 'No checkpoint confirms them: only their own hashes were checked.'
      : `${checkpoints} checkpoint${checkpoints === 1 ? '' : 's'} confirm${checkpoints === 1 ? 's' : ''} them up to ${signedTo}` +
        (unsigned > 0 ? `; ${unsigned} newer ones are held by their own hashes alone.` : '.'),
    ...keyText(report),
    '',
  ].join('\n');
}

export function proofReportText(report: ProofReport): string {
  const { coordinationId, checkpoint, positions, fault } = report;
  if (fault !== null) return `NOT PROVED: ${fault.message} (${fault.code})\n`;
  const signed = checkpoint === null ? '' : ` of ${checkpoint.size} events that was signed at ${checkpoint.time}`;
  return [
    `Proved: ${coordinationId ?? ''} is in the log${signed}, at position ${positions.join(', ')}.`,
    ...keyText(report),
    '',
  ].join('\n');
}

function keyText({ keys }: { readonly keys: 'GIVEN' | 'OWN' }): string[] {
  if (keys === 'GIVEN') return [];
  return ['The key came with the data, which a forger could replace too: give yours with --public-key.'];
}
