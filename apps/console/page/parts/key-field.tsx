import { useEffect, useState } from 'preact/hooks';
import { apiKey } from '../api.js';

/** Appears when the service asks for a key; the key stays in this tab. */
export function KeyField() {
  const [needed, setNeeded] = useState(apiKey.get() !== '');
  const [typed, setTyped] = useState('');
  const [held, setHeld] = useState(apiKey.get() !== '');
  useEffect(() => {
    const ask = (): void => setNeeded(true);
    addEventListener('api-key-needed', ask);
    return () => removeEventListener('api-key-needed', ask);
  }, []);
  if (!needed) return null;
  const use = (key: string): void => {
    setHeld(key !== '');
    setTyped('');
    apiKey.set(key);
  };
  return (
    <form
      class="key"
      onSubmit={(event) => {
        event.preventDefault();
        use(typed.trim());
      }}
    >
      <label>
        API key{' '}
        <input
          type="password"
          autocomplete="off"
          spellcheck={false}
          placeholder={held ? 'in use in this tab' : ''}
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </label>
      <button type="submit">Use</button>
      {held && (
        <button type="button" onClick={() => use('')}>
          Forget
        </button>
      )}
    </form>
  );
}
