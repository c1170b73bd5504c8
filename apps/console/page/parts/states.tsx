import type { ComponentChildren } from 'preact';
import type { ApiError } from '../api.js';

/** What the service said instead of an answer, and a way to ask again. */
export function Failure({ error, again }: { readonly error: ApiError; readonly again?: () => void }) {
  return (
    <div class="failure" role="alert">
      <strong>{error.message}</strong>
      {error.detail !== '' && <p>{error.detail}</p>}
      {error.errors.length > 0 && (
        <ul>
          {error.errors.slice(0, 20).map(({ pointer, message, accepted }) => (
            <li key={pointer + message}>
              <code>{pointer}</code> {message}
              {accepted !== undefined && <>; accepted: {accepted}</>}
            </li>
          ))}
        </ul>
      )}
      {error.status === 401 && <p>Enter a key in the field at the top.</p>}
      {again !== undefined && (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  );
}

export const Loading = ({ what }: { readonly what: string }) => (
  <p class="loading" role="status">
    Loading {what} …
  </p>
);

export const Empty = ({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) => (
  <div class="empty">
    <strong>{title}</strong>
    {children}
  </div>
);

/** A few figures beside each other. */
export function Figures({
  of,
}: {
  readonly of: readonly { readonly name: string; readonly value: ComponentChildren; readonly note?: string }[];
}) {
  return (
    <dl class="figures">
      {of.map(({ name, value, note }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {value}
            {note !== undefined && <small>{note}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

const TONES: Readonly<Record<string, string>> = {
  BUY: 'good',
  OPTIMAL: 'good',
  DONE: 'good',
  SELL: 'bad',
  FAILED: 'bad',
  OVERDUE: 'bad',
  RELAXED: 'warn',
  HOLD_ALL: 'warn',
  DIFFERENT: 'warn',
};

export const Tag = ({ text }: { readonly text: string }) => (
  <span class={`tag ${TONES[text] ?? ''}`}>{text.replaceAll('_', ' ')}</span>
);
