import { useApi } from '../use-api.js';
import { OtherFields } from './other-fields.js';

/** What became of the orders, where the service keeps executions and knows some of this coordination. */
export function Execution({ id }: { readonly id: string }) {
  const { value } = useApi<unknown>(`/coordination/${encodeURIComponent(id)}/execution`);
  if (value === null) return null;
  return (
    <section>
      <h2>Execution</h2>
      <OtherFields of={value} />
    </section>
  );
}
