import type { MeasuredOutcomes } from '#domain';
import type { SqlDatabase } from '#platform';
import { DEFAULT_TENANT } from '../names.js';

/** positions looked through at once */
const WINDOW = 20_000;

/** The outcomes of the log, and nothing else of it, in its order. */
export class OutcomeLog {
  constructor(private readonly db: SqlDatabase) {}

  /** Calls for each event from the beginning, up to the end as it is now. */
  async each(take: (outcomes: MeasuredOutcomes) => void): Promise<void> {
    const [end] = await this.db.query<{ last: string }>('SELECT last_position::text AS last FROM sequencer');
    const last = BigInt(end?.last ?? '0');
    for (let from = 0n; from < last; from += BigInt(WINDOW)) {
      const rows = await this.db.query<{ data: string }>(
        `SELECT e.data FROM log l
         JOIN events e ON e.tenant = l.tenant AND e.stream = l.stream AND e.version = l.version
         WHERE l.position > $1 AND l.position <= $2 AND l.tenant = $3
           AND e.type IN ('outcomes_measured', 'outcomes_corrected') ORDER BY l.position`,
        [from, from + BigInt(WINDOW), DEFAULT_TENANT],
      );
      for (const { data } of rows) take(JSON.parse(data) as MeasuredOutcomes);
    }
  }
}
