import { type Checkpoint, openCheckpoint } from './checkpoint.js';
import { type ExportEnd, type ExportHeader, type ExportLine, parseExportLine } from './export-format.js';
import { auditFault, type AuditFault } from './fault.js';
import { LogVerifier } from './log-verifier.js';
import { MerkleFrontier } from './merkle/frontier.js';
import { isConsistent } from './merkle/proofs.js';
import { parseVerifierKey, type VerifierKey } from './signed-note.js';

export interface VerifyOptions {
  /** the keys that may sign checkpoints; null believes those that the log itself names, which a forger could replace */
  readonly keys: readonly VerifierKey[] | null;
  /** signed checkpoints kept elsewhere */
  readonly checkpoints?: readonly string[];
  readonly onProgress?: (position: number, from: number, to: number) => void;
}

export interface AuditReport {
  readonly origin: string | null;
  readonly from: number;
  /** the last event of the range that was to be followed */
  readonly to: number;
  /** events found to be as they were */
  readonly events: number;
  /** the last position that a checkpoint confirms; 0 for none */
  readonly signedTo: number;
  readonly checkpoints: number;
  /** OWN: the signatures were checked with the key that came with the data */
  readonly keys: 'GIVEN' | 'OWN';
  readonly fault: AuditFault | null;
}

/** Checks the text of an export. */
export const verifyExport = (
  chunks: AsyncIterable<string | Uint8Array>,
  options: VerifyOptions,
): Promise<AuditReport> => verifyLines(exportLines(chunks), options);

/** Lines of an export (NDJSON) from its bytes, however they are cut. */
export async function* exportLines(chunks: AsyncIterable<string | Uint8Array>): AsyncGenerator<ExportLine> {
  const decoder = new TextDecoder();
  let rest = '';
  let number = 0;
  for await (const chunk of chunks) {
    rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield parseExportLine(line, ++number);
  }
  if (rest === '') return;
  const message = `The export was cut within line ${number + 1}.`;
  yield { kind: 'fault', fault: auditFault('DOCUMENT_CUT', message) };
}

/** Checks an export, or a live log told in the lines of one. */
export async function verifyLines(lines: AsyncIterable<ExportLine>, options: VerifyOptions): Promise<AuditReport> {
  let check: ExportCheck | null = null;
  for await (const line of lines) {
    if (check === null) {
      if (line.kind !== 'header') return unreadable(line);
      const begun = ExportCheck.begin(line.header, options);
      if (!(begun instanceof ExportCheck)) return begun;
      check = begun;
      continue;
    }
    const report = check.take(line);
    if (report !== null) return report;
  }
  return check?.cut() ?? unreadable(null);
}

function unreadable(line: ExportLine | null): AuditReport {
  const message = line === null ? 'The export is empty.' : 'This is no export: its first line is not a header.';
  const fault = line?.kind === 'fault' && line.fault.code !== 'DOCUMENT_DAMAGED' ? line.fault : null;
  return {
    origin: null,
    from: 1,
    to: 0,
    events: 0,
    signedTo: 0,
    checkpoints: 0,
    keys: 'OWN',
    fault: fault ?? auditFault(line === null ? 'DOCUMENT_CUT' : 'DOCUMENT_DAMAGED', message),
  };
}

/** One export on its way from header to end. */
class ExportCheck {
  private checkpoints = 0;
  private signedTo = 0;

  private constructor(
    private readonly header: ExportHeader,
    private readonly options: VerifyOptions,
    private readonly keys: readonly VerifierKey[],
    /** those from elsewhere */
    private readonly elsewhere: readonly Checkpoint[],
    private readonly log: LogVerifier,
  ) {}

  static begin(header: ExportHeader, options: VerifyOptions): ExportCheck | AuditReport {
    const keys = options.keys ?? header.publicKeys.map(parseVerifierKey);
    const frontier = MerkleFrontier.of(header.from - 1, header.subtrees);
    const opened = (options.checkpoints ?? []).map((note) => openCheckpoint(note, keys));
    const elsewhere = opened.flatMap((checkpoint) => ('refused' in checkpoint ? [] : [checkpoint]));
    const start = { from: header.from, frontier: frontier ?? MerkleFrontier.empty(), logHash: header.logHash };
    const check = new ExportCheck(header, options, keys, elsewhere, new LogVerifier(start, elsewhere));
    if (frontier === null || header.from < 1 || header.to < header.from - 1) {
      return check.report(auditFault('DOCUMENT_DAMAGED', 'The header of the export contradicts itself.'));
    }
    for (const [index, checkpoint] of opened.entries()) {
      if ('refused' in checkpoint) {
        const message = `Checkpoint ${index + 1} of those given is refused: ${checkpoint.refused}.`;
        return check.report(auditFault('CHECKPOINT_REFUSED', message));
      }
      if (checkpoint.origin !== header.origin) {
        return check.report(auditFault('CHECKPOINT_REFUSED', foreign(checkpoint, header.origin)));
      }
    }
    return check;
  }

  /** @returns the report where the line is the last one that matters */
  take(line: ExportLine): AuditReport | null {
    switch (line.kind) {
      case 'event':
        return this.takeEvent(line.event);
      case 'checkpoint':
        return this.takeCheckpoint(line.note);
      case 'end':
        return this.takeEnd(line.end);
      case 'fault':
        return this.report(line.fault);
      case 'header':
        return this.report(auditFault('DOCUMENT_DAMAGED', 'A second header stands among the events.'));
    }
  }

  cut(): AuditReport {
    const message = `The export ends after position ${this.log.position}, before its end: it was cut.`;
    return this.report(auditFault('DOCUMENT_CUT', message));
  }

  private takeEvent(event: Parameters<LogVerifier['accept']>[0]): AuditReport | null {
    const fault = this.log.accept(event);
    if (fault !== null) return this.report(fault);
    this.options.onProgress?.(this.log.position, this.header.from, this.header.to);
    return null;
  }

  private takeCheckpoint(note: string): AuditReport | null {
    const checkpoint = this.open(note);
    if ('code' in checkpoint) return this.report(checkpoint);
    const fault = this.log.compare(checkpoint);
    if (fault !== null) return this.report(fault);
    this.checkpoints++;
    return null;
  }

  private open(note: string): Checkpoint | AuditFault {
    const checkpoint = openCheckpoint(note, this.keys);
    if ('refused' in checkpoint) {
      const message = `The checkpoint after position ${this.log.position} is refused: ${checkpoint.refused}.`;
      return auditFault('CHECKPOINT_REFUSED', message);
    }
    if (checkpoint.origin === this.header.origin) return checkpoint;
    return auditFault('CHECKPOINT_REFUSED', foreign(checkpoint, this.header.origin));
  }

  private takeEnd(end: ExportEnd): AuditReport {
    const { to } = this.header;
    if (this.log.position !== to) {
      const next = this.log.position + 1;
      const message = `The range should end at position ${to}, and there is no event at ${next}.`;
      return this.report(auditFault('EVENT_MISSING', message, { position: next }));
    }
    const missing = this.elsewhere.find(({ size }) => size > end.lastPosition);
    if (missing !== undefined) {
      return this.report(
        auditFault(
          'CHECKPOINT_BEYOND_END',
          `The log ends at position ${end.lastPosition}, and a checkpoint of ${missing.time} has ${missing.size} events: the last ones were removed.`,
          { position: end.lastPosition + 1 },
        ),
      );
    }
    return this.report(end.beyond === null ? null : this.checkBeyond(end.beyond));
  }

  private checkBeyond({ note, proof }: NonNullable<ExportEnd['beyond']>): AuditFault | null {
    const checkpoint = this.open(note);
    if ('code' in checkpoint) return checkpoint;
    const here = { size: this.log.position, root: this.log.root() };
    if (!isConsistent(here, checkpoint, proof)) {
      const first = this.log.signedTo + 1;
      return auditFault(
        'CHECKPOINT_MISMATCH',
        `The events ${first} to ${here.size} are not the beginning of the log of ${checkpoint.size} events that was signed at ${checkpoint.time}.`,
      );
    }
    this.checkpoints++;
    this.signedTo = here.size;
    return null;
  }

  private report(fault: AuditFault | null): AuditReport {
    const { origin, from, to } = this.header;
    const reached = this.elsewhere.filter(({ size }) => size >= from && size <= this.log.position);
    return {
      origin,
      from,
      to,
      events: this.log.position - from + 1,
      signedTo: Math.max(this.signedTo, this.log.signedTo),
      checkpoints: this.checkpoints + reached.length,
      keys: this.options.keys === null ? 'OWN' : 'GIVEN',
      fault,
    };
  }
}

const foreign = (checkpoint: Checkpoint, origin: string): string =>
  `A checkpoint is of another log, ${checkpoint.origin}, and not of ${origin}.`;
