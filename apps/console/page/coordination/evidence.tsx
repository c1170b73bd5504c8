import { time } from '../format.js';
import { useApi } from '../use-api.js';

interface Stream {
  readonly events: readonly {
    readonly id: string;
    readonly position: string;
    readonly type: string;
    readonly schema_version: number;
    readonly recorded_at: string;
  }[];
}

/** The events of the log that hold this coordination. Only where the key may audit; otherwise nothing is shown. */
export function Evidence({ id }: { readonly id: string }) {
  const { value } = useApi<Stream>(`/audit/streams/${encodeURIComponent(`coordination-${id}`)}`);
  if (value === null) return null;
  return (
    <section>
      <h2>In the log</h2>
      <div class="plain-scroll" tabIndex={0} role="region" aria-label="Events of this coordination">
        <table>
          <thead>
            <tr>
              <th scope="col" class="num">
                Position
              </th>
              <th scope="col">Event</th>
              <th scope="col">Recorded (UTC)</th>
              <th scope="col">Id</th>
            </tr>
          </thead>
          <tbody>
            {value.events.map((event) => (
              <tr key={event.id}>
                <td class="num">{event.position}</td>
                <th scope="row">
                  {event.type} v{event.schema_version}
                </th>
                <td>{time(event.recorded_at)}</td>
                <td>
                  <code>{event.id}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="muted">
        <code>coordination verify --proof</code> checks the saved proof offline.
      </p>
    </section>
  );
}
