import { percent, words } from '../format.js';
import { Tag } from '../parts/states.js';
import type { CoordinationResponse } from '../types.js';
import { OtherFields } from './other-fields.js';

/** How far the coordination got with each rebalance request, where there were any. */
export function Rebalances({ response }: { readonly response: CoordinationResponse }) {
  const { rebalances } = response;
  if (rebalances === undefined || rebalances.length === 0) return null;
  return (
    <>
      <h2>Rebalance requests</h2>
      {rebalances.map(({ rebalance_id, status, done, left, no_trade_band, ...others }) => (
        <article class="detail" key={rebalance_id}>
          <h3>
            {rebalance_id} <Tag text={status} /> <small>{percent(done, 0)} of the way</small>
          </h3>
          {left.length > 0 && (
            <ul>
              {left.slice(0, 50).map(({ instrument_id, weight_left, why }) => (
                <li key={instrument_id}>
                  {instrument_id}: {percent(weight_left)} left because of {words(why)}
                </li>
              ))}
            </ul>
          )}
          <OtherFields of={others} />
        </article>
      ))}
    </>
  );
}
