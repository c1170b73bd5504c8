import fc from 'fast-check';
import { canonicalJson } from '#domain';
import type { AuditedEvent } from './audited-event.js';
import { type SignedCheckpoint, signCheckpoint } from './checkpoint.js';
import { eventHash, type HashedFields, LOG_START, logHash, NO_EVENT } from './event-hash.js';
import { type ExportLine, formatExportLine } from './export-format.js';
import { rootOf, subtreesOf } from './merkle/frontier.js';
import { leafHash } from './merkle/hashes.js';
import { consistencyProof, type Subtree } from './merkle/proofs.js';
import { generateSigningKey, type NoteSigner, noteSigner, parseVerifierKey } from './signed-note.js';
import { type AuditReport, verifyExport, verifyLines } from './verify-export.js';

const ORIGIN = 'coordination-log/spec';
const signer = noteSigner(generateSigningKey());
const keys = [signer.verifier];

type Draft = Omit<HashedFields, 'version'> & { readonly version?: number };

const draft = (stream: string, data: unknown, tenant = 'default'): Draft => ({
  tenant,
  stream,
  id: '0b2f6f0a-0000-4000-8000-000000000001',
  type: 'configuration_set',
  schemaVersion: 1,
  recordedAt: '2026-03-02T15:00:00.000Z',
  metadata: canonicalJson({ actor: 'spec' }),
  data: canonicalJson(data),
});

/** The events as the store would have them. */
function seal(drafts: readonly Draft[]): AuditedEvent[] {
  const heads = new Map<string, { version: number; hash: Buffer }>();
  let log = LOG_START;
  return drafts.map((fields, i) => {
    const key = `${fields.tenant} ${fields.stream}`;
    const head = heads.get(key) ?? { version: 0, hash: NO_EVENT };
    const event = { ...fields, version: head.version + 1 };
    const hash = eventHash(head.hash, event);
    heads.set(key, { version: event.version, hash });
    log = logHash(log, hash);
    return { ...event, position: i + 1, hash, logHash: log, previous: head.version === 0 ? null : head.hash };
  });
}

const subtreeOf =
  (events: readonly AuditedEvent[]): Subtree =>
  async (from, to) =>
    rootOf(events.slice(from, to).map((event) => leafHash(event.hash)));

function checkpointOf(events: readonly AuditedEvent[], size: number, by: NoteSigner = signer): SignedCheckpoint {
  const root = rootOf(events.slice(0, size).map((event) => leafHash(event.hash)));
  return signCheckpoint(by, { origin: ORIGIN, size, root, time: '2026-03-02T15:01:00.000Z' });
}

interface Written {
  readonly from?: number;
  readonly to?: number;
  readonly checkpoints?: readonly SignedCheckpoint[];
}

/** The export of a range, as the exporter writes it of rows that it believes. */
async function linesOf(events: readonly AuditedEvent[], written: Written = {}): Promise<ExportLine[]> {
  const { from = 1, to = events.length, checkpoints = [] } = written;
  const subtrees = await Promise.all(subtreesOf(from - 1).map(([first, after]) => subtreeOf(events)(first, after)));
  const beyond = checkpoints.find(({ size }) => size > to);
  const proof = beyond === undefined ? [] : await consistencyProof(subtreeOf(events), to, beyond.size);
  return [
    {
      kind: 'header',
      header: {
        origin: ORIGIN,
        from,
        to,
        logHash: events[from - 2]?.logHash ?? LOG_START,
        subtrees,
        publicKeys: [signer.verifier.text],
      },
    },
    ...events
      .slice(from - 1, to)
      .flatMap((event): ExportLine[] => [
        { kind: 'event', event },
        ...checkpoints
          .filter(({ size }) => size === event.position)
          .map(({ note }): ExportLine => ({ kind: 'checkpoint', note })),
      ]),
    {
      kind: 'end',
      end: { lastPosition: events.length, beyond: beyond === undefined ? null : { note: beyond.note, proof } },
    },
  ];
}

const textOf = (lines: readonly ExportLine[]): string => lines.map((line) => formatExportLine(line)).join('');

async function* chunks(text: string, size = 1000): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

const verifyText = (text: string, checkpoints: readonly string[] = []): Promise<AuditReport> =>
  verifyExport(chunks(text), { keys, checkpoints });

const streams = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 2, maxLength: 40 });
const sealedLogs = streams.map((names) => seal(names.map((name, i) => draft(`s${name}`, { n: i, text: 'ä€' }))));

/** A change of the rows, and the position of the first that is then not what it was. */
type Tampering = (events: AuditedEvent[], p: number, q: number) => number;

const renumber = (events: AuditedEvent[]): void => {
  for (const [i, event] of events.entries()) events[i] = { ...event, position: i + 1 };
};
const flip = (text: string, at: number): string =>
  text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);

const tamperings: Readonly<Record<string, Tampering>> = {
  'a byte of the data': (events, p, q) => {
    const event = events[p] as AuditedEvent;
    events[p] = { ...event, data: flip(event.data, q % event.data.length) };
    return p + 1;
  },
  'a byte of the metadata': (events, p, q) => {
    const event = events[p] as AuditedEvent;
    events[p] = { ...event, metadata: flip(event.metadata, q % event.metadata.length) };
    return p + 1;
  },
  'the time': (events, p) => {
    events[p] = { ...(events[p] as AuditedEvent), recordedAt: '2026-03-02T15:00:00.001Z' };
    return p + 1;
  },
  'the stream it is in': (events, p) => {
    events[p] = { ...(events[p] as AuditedEvent), stream: 'another' };
    return p + 1;
  },
  'the tenant it belongs to': (events, p) => {
    events[p] = { ...(events[p] as AuditedEvent), tenant: 'another' };
    return p + 1;
  },
  'two events swapped, their hashes left in place': (events, p, q) => {
    const [a, b] = [events[p] as AuditedEvent, events[q] as AuditedEvent];
    events[p] = { ...b, position: a.position, logHash: a.logHash };
    events[q] = { ...a, position: b.position, logHash: b.logHash };
    return Math.min(p, q) + 1;
  },
  'two events swapped with their hashes': (events, p, q) => {
    const [a, b] = [events[p] as AuditedEvent, events[q] as AuditedEvent];
    events[p] = { ...b, position: a.position };
    events[q] = { ...a, position: b.position };
    return Math.min(p, q) + 1;
  },
  'one deleted': (events, p) => {
    events.splice(p, 1);
    return p + 1;
  },
  'one deleted and the others moved up': (events, p) => {
    events.splice(p, 1);
    renumber(events);
    return p + 1;
  },
  'one inserted': (events, p) => {
    const [forged] = seal([draft('forged', { n: 0 })]);
    events.splice(p, 0, { ...(forged as AuditedEvent), logHash: Buffer.alloc(32, 7) });
    renumber(events);
    return p + 1;
  },
  'one inserted as the next of a stream, under a hash of its own': (events, p) => {
    const event = events[p] as AuditedEvent;
    const forged = { ...event, data: canonicalJson({ forged: true }) };
    const hash = eventHash(event.previous ?? NO_EVENT, forged);
    events.splice(p, 0, { ...forged, hash });
    // the log's hash is that of the event it came before
    renumber(events);
    return p + 1;
  },
};

describe('the verification of a log', () => {
  it('finds nothing wrong with a sealed one, whatever its streams', async () => {
    await fc.assert(
      fc.asyncProperty(sealedLogs, async (events) => {
        const checkpoints = [checkpointOf(events, 1), checkpointOf(events, events.length)];
        const report = await verifyText(textOf(await linesOf(events, { checkpoints })));
        expect(report).toMatchObject({ fault: null, events: events.length, signedTo: events.length, keys: 'GIVEN' });
      }),
      { numRuns: 30 },
    );
  });

  it.each(Object.entries(tamperings))('names the first bad event: %s', async (_, tamper) => {
    await fc.assert(
      fc.asyncProperty(sealedLogs, fc.nat(), fc.nat(), async (sealed, a, b) => {
        const p = a % sealed.length;
        const q = b % sealed.length;
        fc.pre(p !== q);
        const lines = await linesOf(sealed);
        const events = [...sealed];
        const first = tamper(events, p, q);
        const middle = events.map((event): ExportLine => ({ kind: 'event', event }));
        const tampered = [lines[0] as ExportLine, ...middle, lines.at(-1) as ExportLine];
        const { fault } = await verifyLines(each(tampered), { keys });
        expect([fault?.position, fault?.message]).toEqual([first, expect.any(String)]);
      }),
      { numRuns: 60 },
    );
  });

  it('finds by the checkpoints what was changed together with every hash after it', async () => {
    const drafts = Array.from({ length: 20 }, (_, i) => draft(`s${i % 3}`, { n: i }));
    const sealed = seal(drafts);
    const signed = [5, 10, 20].map((size) => checkpointOf(sealed, size));
    const forged = seal(drafts.map((each_, i) => (i === 7 ? draft('s1', { n: 'forged' }) : each_)));
    const within = await verifyText(textOf(await linesOf(forged, { checkpoints: signed })));
    expect(within).toMatchObject({ signedTo: 5, fault: { code: 'CHECKPOINT_MISMATCH' } });
    expect(within.fault?.message).toContain('Among the events 6 to 10');
    const notes = signed.map(({ note }) => note);
    const elsewhere = await verifyText(textOf(await linesOf(forged)), notes);
    expect(elsewhere.fault).toEqual(within.fault);
    // and what lies before the change still holds
    expect(await verifyText(textOf(await linesOf(forged, { to: 5, checkpoints: signed.slice(0, 1) })))).toMatchObject({
      fault: null,
      signedTo: 5,
    });
  });

  it('finds by a checkpoint kept elsewhere that the end was removed', async () => {
    const sealed = seal(Array.from({ length: 9 }, (_, i) => draft(`s${i}`, { n: i })));
    const { note } = checkpointOf(sealed, 9);
    const report = await verifyText(textOf(await linesOf(sealed.slice(0, 7))), [note]);
    expect(report.fault).toMatchObject({ code: 'CHECKPOINT_BEYOND_END', position: 8 });
  });

  it('follows a range from its middle, and proves it by the checkpoint beyond it', async () => {
    const sealed = seal(Array.from({ length: 30 }, (_, i) => draft(`s${i % 4}`, { n: i })));
    const checkpoints = [checkpointOf(sealed, 12), checkpointOf(sealed, 29)];
    for (const [from, to] of [
      [1, 20],
      [8, 20],
      [8, 12],
      [13, 29],
      [30, 30],
    ]) {
      const report = await verifyText(
        textOf(await linesOf(sealed, { from: from as number, to: to as number, checkpoints })),
      );
      const signedTo = to === 30 ? 0 : to;
      expect(report).toMatchObject({ fault: null, events: (to as number) - (from as number) + 1, signedTo });
    }
    const other = seal(Array.from({ length: 30 }, (_, i) => draft(`s${i % 4}`, { n: i === 3 ? 'forged' : i })));
    const beyond = await linesOf(other, { from: 8, to: 20, checkpoints: checkpoints.slice(1) });
    expect((await verifyText(textOf(beyond))).fault).toMatchObject({ code: 'CHECKPOINT_MISMATCH' });
  });
});

describe('a corrupt export', () => {
  const sealed = seal(Array.from({ length: 12 }, (_, i) => draft(`s${i % 2}`, { n: i, text: 'abc' })));
  const written = linesOf(sealed, { checkpoints: [checkpointOf(sealed, 6), checkpointOf(sealed, 12)] });

  it('is found cut: within a line, and between two', async () => {
    const text = textOf(await written);
    expect((await verifyText(text.slice(0, -10))).fault).toMatchObject({
      code: 'DOCUMENT_CUT',
      message: 'The export was cut within line 16.',
    });
    const lines = text.split('\n');
    expect((await verifyText(`${lines.slice(0, 5).join('\n')}\n`)).fault?.message).toBe(
      'The export ends after position 4, before its end: it was cut.',
    );
    expect((await verifyText('')).fault?.message).toBe('The export is empty.');
    expect((await verifyText('{"a":1}\n')).fault?.message).toBe('This is no export: its first line is not a header.');
  });

  it('is found wherever a byte of it is another', async () => {
    const text = textOf(await written);
    const bytes = Buffer.from(text);
    const end = text.lastIndexOf('{"end"');
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: end - 1 }), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] as number) ^ mask;
        const { fault } = await verifyExport(each([changed]), { keys });
        // the keys in the header are for those who bring none
        const inKeys = at > text.indexOf('"public_keys"') && at < text.indexOf('\n');
        if (!inKeys) expect(fault).not.toBeNull();
        if (at > text.indexOf('\n') && fault !== null) expect(fault.message.length).toBeGreaterThan(20);
      }),
      { numRuns: 300 },
    );
  });

  it('is found where only bits of a signature are others that are not read', async () => {
    const text = textOf(await written);
    const [signature, last] = /(?<=— \S+ \S+)(.)=/.exec(text) ?? [];
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const other = digits[digits.indexOf(last ?? '') ^ 1] ?? '';
    expect([signature, digits.indexOf(last ?? '') % 4]).toEqual([`${last}=`, 0]);
    const changed = text.replace(/(?<=— \S+ \S+)(.)=/, `${other}=`);
    expect((await verifyText(changed)).fault?.message).toContain('it is not a signed checkpoint');
  });

  it('is found reordered, and with a missing event', async () => {
    const lines = textOf(await written).split('\n');
    const swapped = [...lines];
    [swapped[3], swapped[4]] = [lines[4] as string, lines[3] as string];
    expect((await verifyText(swapped.join('\n'))).fault).toMatchObject({ code: 'EVENT_MISSING', position: 3 });
    const missing = lines.filter((_, i) => i !== 9);
    expect((await verifyText(missing.join('\n'))).fault).toMatchObject({
      code: 'EVENT_MISSING',
      message: 'There is no event at position 8: the next one is at 9.',
    });
  });

  it('is refused where a checkpoint is signed by another key, or changed under its signature', async () => {
    const other = noteSigner(generateSigningKey());
    const foreign = await linesOf(sealed, { checkpoints: [checkpointOf(sealed, 6, other)] });
    expect((await verifyText(textOf(foreign))).fault).toMatchObject({
      code: 'CHECKPOINT_REFUSED',
      message: 'The checkpoint after position 6 is refused: it is signed by another key than the one given.',
    });
    const { note } = checkpointOf(sealed, 6);
    const changed = await linesOf(sealed, {
      checkpoints: [{ ...checkpointOf(sealed, 6), note: note.replace('15:01', '15:02') }],
    });
    expect((await verifyText(textOf(changed))).fault?.message).toContain('its signature is not that of its text');
    const given = await verifyText(textOf(await written), [checkpointOf(sealed, 6, other).note]);
    expect(given.fault?.message).toContain('Checkpoint 1 of those given is refused');
  });

  it('says so where the key came with the data', async () => {
    const report = await verifyExport(chunks(textOf(await written)), { keys: null });
    expect(report).toMatchObject({ fault: null, keys: 'OWN', signedTo: 12, checkpoints: 2 });
  });
});

describe('a public key', () => {
  it('is read back from its text, and refused where that is damaged', () => {
    const { text } = signer.verifier;
    expect(parseVerifierKey(`${text}\n`).id).toBe(signer.verifier.id);
    expect(() => parseVerifierKey('nonsense')).toThrow('NAME+ID+KEY');
    const id = text.split('+')[1] as string;
    expect(() => parseVerifierKey(text.replace(id, '00000000'))).toThrow('The public key is damaged');
    expect(() => noteSigner('nonsense')).toThrow('not a private key');
  });
});
