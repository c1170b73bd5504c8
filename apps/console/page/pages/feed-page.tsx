import { useEffect, useState } from 'preact/hooks';
import type { ApiError } from '../api.js';
import { getJson } from '../api.js';
import { Feed, type FeedState } from '../feed.js';
import { basisPoints, number, percent, time } from '../format.js';
import { Empty, Failure, Loading, Tag } from '../parts/states.js';
import { type Column, Table } from '../parts/table.js';
import { hashOf } from '../address.js';
import type { CoordinationRecord } from '../types.js';

interface Page {
  readonly coordinations: readonly CoordinationRecord[];
  readonly next_cursor: string | null;
}

const STATE_CLASS: Readonly<Record<FeedState, string>> = { LIVE: 'on', GONE: 'gone', CONNECTING: '' };
const PAGE = 100;
const LIST_MAX = 10_000;

const COLUMNS: readonly Column<CoordinationRecord>[] = [
  {
    name: 'Coordination',
    width: 2,
    by: (c) => c.coordination_id,
    cell: (c) => <a href={hashOf('coordination', c.coordination_id)}>{c.coordination_id}</a>,
  },
  { name: 'Time (UTC)', width: 1.7, by: (c) => c.timestamp, cell: (c) => time(c.timestamp) },
  { name: 'Portfolio', width: 1.5, by: (c) => c.portfolio_id, cell: (c) => c.portfolio_id },
  { name: 'Status', by: (c) => c.status, cell: (c) => <Tag text={c.status} /> },
  { name: 'Quality', numeric: true, by: (c) => c.coordination_quality, cell: (c) => number(c.coordination_quality, 2) },
  { name: 'Decisions', numeric: true, by: (c) => c.decisions, cell: (c) => number(c.decisions) },
  { name: 'Refused', numeric: true, by: (c) => c.signals_rejected, cell: (c) => number(c.signals_rejected) },
  { name: 'Turnover', numeric: true, by: (c) => c.turnover, cell: (c) => percent(c.turnover) },
  { name: 'Cost', numeric: true, by: (c) => c.expected_cost_bps, cell: (c) => basisPoints(c.expected_cost_bps) },
];

/** What was coordinated, newest first, and what is coordinated now. */
export function FeedPage() {
  const [rows, setRows] = useState<readonly CoordinationRecord[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [feed, setFeed] = useState<{ readonly state: FeedState; readonly why: string }>({
    state: 'CONNECTING',
    why: '',
  });
  const [turn, setTurn] = useState(0);
  const again = (): void => setTurn((count) => count + 1);

  useEffect(() => {
    addEventListener('api-key', again);
    return () => removeEventListener('api-key', again);
  }, []);
  useEffect(() => {
    const abort = new AbortController();
    let following: Feed | null = null;
    getJson<Page>(`/coordinations?limit=${PAGE}`, abort.signal).then(
      ({ coordinations, next_cursor }) => {
        setError(null);
        setRows(coordinations);
        setNext(next_cursor);
        following = new Feed(coordinations[0]?.position ?? '0', {
          completed: (record) => setRows((held) => [record, ...(held ?? [])].slice(0, LIST_MAX)),
          state: (state, why) => setFeed({ state, why }),
        });
      },
      (failure: ApiError) => {
        if (abort.signal.aborted) return;
        // without the right to see it, what was seen with another key goes
        if (failure.status === 401 || failure.status === 403) setRows(null);
        setError(failure);
      },
    );
    return () => {
      abort.abort();
      following?.stop();
    };
  }, [turn]);
  // a page that could not begin begins by itself when the service is there again
  useEffect(() => {
    if (error === null || error.status === 401 || error.status === 403) return;
    const timer = setTimeout(again, 3_000);
    return () => clearTimeout(timer);
  }, [error]);

  const more = async (): Promise<void> => {
    try {
      const page = await getJson<Page>(`/coordinations?limit=${PAGE}&cursor=${next ?? ''}`);
      setRows((held) => [...(held ?? []), ...page.coordinations]);
      setNext(page.next_cursor);
    } catch (failure) {
      setError(failure as ApiError);
    }
  };
  const state = error === null ? feed.state : 'GONE';
  return (
    <section>
      <div class="title">
        <h1>Coordinations</h1>
        <span class={`live ${STATE_CLASS[state]}`} role="status">
          {state === 'LIVE' ? 'Live' : state === 'GONE' ? 'Not connected, trying again' : 'Connecting'}
        </span>
      </div>
      {error !== null && <Failure error={error} again={again} />}
      {error === null && feed.state === 'GONE' && (
        <p class="note">{feed.why} What is shown is what was known before.</p>
      )}
      {rows === null && error === null && <Loading what="coordinations" />}
      {rows?.length === 0 && (
        <Empty title="Nothing was coordinated yet">
          <p>
            It appears here as soon as it is: <code>POST /coordinate</code>, or try{' '}
            <a href={hashOf('what-if')}>a what-if</a>.
          </p>
        </Empty>
      )}
      {rows !== null && rows.length > 0 && (
        <Table label="Coordinations" columns={COLUMNS} rows={rows} keyOf={(c) => c.coordination_id} />
      )}
      {next !== null && rows !== null && (
        <button type="button" onClick={() => void more()}>
          Earlier ones
        </button>
      )}
    </section>
  );
}
