import { number, words } from '../format.js';

/** An answer as a record: fields of later versions are looked for by name. */
export const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const LIST_SHOWN = 50;

/** Whatever a part of an answer has: shown by name where this version knows nothing more of it. */
export function OtherFields({ of, depth = 0 }: { readonly of: unknown; readonly depth?: number }) {
  const entries = Object.entries(fieldsOf(of));
  return (
    <dl class="fields">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{words(name)}</dt>
          <dd>
            <Value of={value} depth={depth} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Value({ of: value, depth }: { readonly of: unknown; readonly depth: number }) {
  if (typeof value === 'number') return <>{number(value, Number.isInteger(value) ? 0 : 4)}</>;
  if (typeof value === 'string') return <>{value}</>;
  if (typeof value !== 'object' || value === null) return <>{value === null ? '–' : JSON.stringify(value)}</>;
  if (depth >= 3) return <>{JSON.stringify(value)}</>;
  if (!Array.isArray(value)) return <OtherFields of={value} depth={depth + 1} />;
  const list = listOf(value);
  if (list.length === 0) return <>none</>;
  if (list.every((each) => typeof each !== 'object')) return <>{list.join(', ')}</>;
  return (
    <ol>
      {list.slice(0, LIST_SHOWN).map((each, index) => (
        <li key={index}>
          <OtherFields of={each} depth={depth + 1} />
        </li>
      ))}
      {list.length > LIST_SHOWN && <li>… and {number(list.length - LIST_SHOWN)} more</li>}
    </ol>
  );
}
