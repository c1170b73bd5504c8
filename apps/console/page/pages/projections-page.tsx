import { number, percent, time } from '../format.js';
import { Empty, Failure, Figures, Loading, Tag } from '../parts/states.js';
import { useApi } from '../use-api.js';

interface ReadModels {
  readonly name: string;
  readonly position: string | null;
  readonly lag_events?: string;
  readonly stopped?: string | null;
  readonly version?: number | null;
  readonly parked?: { readonly failed: number; readonly held: number };
  readonly lanes?: readonly { readonly lane: number; readonly position: string; readonly owner: string | null }[];
  readonly job?: { readonly kind: string; readonly state: string; readonly progress: number } | null;
}

interface Parked {
  readonly id: string;
  readonly stream: string;
  readonly type: string;
  readonly reason: string;
  readonly error: string;
}

interface Replay {
  readonly replay_id: string;
  readonly mode: string;
  readonly status: string;
  readonly progress: { readonly done: number; readonly total: number };
  readonly created_at: string;
  readonly failure?: string;
}

const REFRESH_MS = 3_000;

/** Whether the read side keeps up, what it set aside, and what is decided again. */
export function ProjectionsPage() {
  return (
    <section>
      <h1>Operations</h1>
      <Projections />
      <ParkedEvents />
      <Replays />
    </section>
  );
}

function Projections() {
  const { value, error, again } = useApi<{
    readonly log_position: string;
    readonly projections: readonly ReadModels[];
  }>('/projections', REFRESH_MS);
  if (error?.status === 404) {
    return (
      <Empty title="The projector is another process">
        <p>
          It serves <code>GET /projections</code> at its own address.
        </p>
      </Empty>
    );
  }
  if (value === null) return error === null ? <Loading what="projections" /> : <Failure error={error} again={again} />;
  return (
    <>
      {error !== null && <Failure error={error} again={again} />}
      <h2>Projections</h2>
      <Figures
        of={[
          { name: 'Log', value: number(Number(value.log_position)), note: 'events' },
          ...value.projections.map(({ name, position }) => ({
            name,
            value: position === null ? '–' : number(Number(position)),
            note:
              position === null ? 'does not answer' : `${number(Number(value.log_position) - Number(position))} behind`,
          })),
        ]}
      />
      {value.projections.map(({ name, stopped, version, parked, lanes, job }) =>
        lanes === undefined ? null : (
          <div key={name}>
            {typeof stopped === 'string' && (
              <p class="warnings" role="alert">
                It does not go on: {stopped}
              </p>
            )}
            <p class="muted">
              Version {version ?? '–'} of the {name}, {number(lanes.length)} lanes, {number(parked?.failed)} events set
              aside and {number(parked?.held)} waiting for them.
            </p>
            {job !== null && job !== undefined && (
              <p>
                The last {job.kind}: <Tag text={job.state} /> {percent(job.progress, 0)}
              </p>
            )}
          </div>
        ),
      )}
    </>
  );
}

function ParkedEvents() {
  const { value } = useApi<readonly Parked[] | { readonly parked: readonly Parked[] }>('/projections/parked', 10_000);
  const parked = value === null ? [] : 'parked' in value ? value.parked : value;
  if (parked.length === 0) return null;
  return (
    <>
      <h2>Events set aside</h2>
      <ul>
        {parked.slice(0, 100).map(({ id, stream, type, reason, error }) => (
          <li key={id}>
            <Tag text={reason} /> {type} at {id} of {stream}: {error}
          </li>
        ))}
      </ul>
    </>
  );
}

function Replays() {
  const { value, error } = useApi<readonly Replay[]>('/replays', REFRESH_MS);
  if (value === null && error === null) return null;
  return (
    <>
      <h2>Replays</h2>
      {value === null && error !== null && (
        <p class="muted">
          {error.status === 404
            ? 'The command process serves them at its own address.'
            : `${error.message}. ${error.detail}`}
        </p>
      )}
      {value?.length === 0 && (
        <Empty title="No replay was asked for">
          <p>
            <code>coordination replay</code> decides recorded coordinations again and compares every byte.
          </p>
        </Empty>
      )}
      {value !== null && value.length > 0 && (
        <div class="plain-scroll" tabIndex={0} role="region" aria-label="Replays">
          <table>
            <thead>
              <tr>
                <th scope="col">Asked for (UTC)</th>
                <th scope="col">Kind</th>
                <th scope="col">Status</th>
                <th scope="col" class="num">
                  Done
                </th>
              </tr>
            </thead>
            <tbody>
              {value.map(({ replay_id, mode, status, progress, created_at, failure }) => (
                <tr key={replay_id}>
                  <td>{time(created_at)}</td>
                  <td>{mode}</td>
                  <td>
                    <Tag text={status} /> {failure}
                  </td>
                  <td class="num">
                    {number(progress.done)} of {number(progress.total)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
