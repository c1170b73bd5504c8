import {
  type CoordinationRequested,
  canonicalJson,
  type DomainEvent,
  type EventMetadata,
  type RecordedEvent,
} from '#domain';
import { LOCAL_PRINCIPAL } from '#platform';
import type { Append, NewEvent } from '../event-store.js';
import { DEFAULT_TENANT } from '../names.js';
import { type PersonalKeys, SHREDDED } from './personal-keys.js';
import { openText, parseSealedText, sealText, type SealingKey } from './sealed-text.js';

/** Actors that are no person: who calls a process without keys, and what the service does by itself. */
const NOBODY: ReadonlySet<string> = new Set([LOCAL_PRINCIPAL.name, 'schedule', 'demonstration']);

/** The only member of sealed signal metadata, and of what stands for it once it is shredded. */
const SEALED = 'sealed';

type Signals = CoordinationRequested['data']['request']['signals'];

/**
 * The append with its personal fields sealed: who did it, and the metadata of signals. No decision is made from either, so
 * that a replay of what is sealed, or shredded, gives the same bytes. As it was given where it holds nothing personal.
 */
export async function sealPersonalFields(append: Append, keys: PersonalKeys): Promise<Append> {
  const sealsActor = !NOBODY.has(append.metadata.actor);
  if (!sealsActor && !append.streams.some(({ events }) => events.some(hasSignalMetadata))) return append;
  const tenant = append.tenant ?? DEFAULT_TENANT;
  const key = await keys.sealingKey({ tenant, portfolioId: portfolioOf(append) });
  const { metadata, streams } = append;
  return {
    ...append,
    metadata: sealsActor ? { ...metadata, actor: sealText(key, actorPlace(tenant), metadata.actor) } : metadata,
    streams: streams.map((each) => ({
      ...each,
      events: each.events.map((event) =>
        hasSignalMetadata(event) ? sealedRequest(event, key, `${tenant}\n${each.stream}`) : event,
      ),
    })),
  };
}

/** The event with its personal fields readable; where they were shredded, `[shredded]` stands for them. */
export async function openPersonalFields(event: RecordedEvent, keys: PersonalKeys): Promise<RecordedEvent> {
  const tenant = event.tenant ?? DEFAULT_TENANT;
  const actor = await opened(event.metadata.actor, actorPlace(tenant), keys);
  const metadata: EventMetadata = { ...event.metadata, actor: actor ?? event.metadata.actor };
  if (!hasSignalMetadata(event)) return { ...event, metadata };
  const signals: Signals[number][] = [];
  for (const [i, signal] of signalsOf(event).entries()) {
    const sealed = signal.metadata?.[SEALED];
    const text =
      typeof sealed === 'string' ? await opened(sealed, signalPlace(`${tenant}\n${event.stream}`, i), keys) : null;
    signals.push(text === null ? signal : { ...signal, metadata: openedMetadata(text) });
  }
  return { ...event, metadata, data: withSignals(event, signals) };
}

const openedMetadata = (text: string): Readonly<Record<string, unknown>> =>
  text === SHREDDED ? { [SEALED]: SHREDDED } : (JSON.parse(text) as Readonly<Record<string, unknown>>);

/** null for what was not sealed, or does not open: it stays as it is stored */
async function opened(text: string, place: string, keys: PersonalKeys): Promise<string | null> {
  const sealed = parseSealedText(text);
  if (sealed === null) return null;
  const key = await keys.find(sealed.keyId);
  if (key === 'SHREDDED') return SHREDDED;
  return key === null ? null : openText(key, place, sealed);
}

function sealedRequest(event: NewEvent, key: SealingKey, place: string): NewEvent {
  const signals = signalsOf(event).map((signal, i) =>
    isEmpty(signal.metadata)
      ? signal
      : { ...signal, metadata: { [SEALED]: sealText(key, signalPlace(place, i), canonicalJson(signal.metadata)) } },
  );
  return { ...event, data: withSignals(event, signals) };
}

const actorPlace = (tenant: string): string => `${tenant}\n/metadata/actor`;
const signalPlace = (stream: string, index: number): string => `${stream}\n/request/signals/${index}/metadata`;

type AnyEvent = Pick<NewEvent, 'type' | 'data'>;

const hasSignalMetadata = (event: AnyEvent): boolean => signalsOf(event).some(({ metadata }) => !isEmpty(metadata));

const isEmpty = (metadata: object | undefined): boolean => metadata === undefined || Object.keys(metadata).length === 0;

const signalsOf = ({ type, data }: AnyEvent): Signals =>
  type === 'coordination_requested' ? ((data as CoordinationRequested['data']).request?.signals ?? []) : [];

function withSignals({ data }: AnyEvent, signals: Signals): DomainEvent['data'] {
  const requested = data as CoordinationRequested['data'];
  return { ...requested, request: { ...requested.request, signals } };
}

/** '' where the append concerns none, such as a configuration or a market model */
function portfolioOf({ streams }: Append): string {
  for (const { data } of streams.flatMap(({ events }) => events)) {
    const { portfolio_id } = data as { readonly portfolio_id?: unknown };
    if (typeof portfolio_id === 'string') return portfolio_id;
  }
  return '';
}
