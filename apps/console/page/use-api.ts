import { useCallback, useEffect, useState } from 'preact/hooks';
import { type ApiError, getJson } from './api.js';

export interface Loaded<T> {
  readonly value: T | null;
  readonly error: ApiError | null;
  readonly again: () => void;
}

/**
 * What an address answers; asked again when the address or the API key changes, and every `refreshMs` where given. A value
 * stays while it is asked for again, and beside an error.
 */
export function useApi<T>(path: string | null, refreshMs?: number): Loaded<T> {
  const [state, setState] = useState<{ path: string | null; value: T | null; error: ApiError | null }>({
    path: null,
    value: null,
    error: null,
  });
  const [turn, setTurn] = useState(0);
  const again = useCallback(() => setTurn((count) => count + 1), []);
  useEffect(() => {
    addEventListener('api-key', again);
    return () => removeEventListener('api-key', again);
  }, [again]);
  useEffect(() => {
    if (path === null) return;
    const abort = new AbortController();
    getJson<T>(path, abort.signal).then(
      (value) => setState({ path, value, error: null }),
      (error: ApiError) => {
        if (!abort.signal.aborted) setState((held) => ({ path, value: held.path === path ? held.value : null, error }));
      },
    );
    const timer = refreshMs === undefined ? 0 : setTimeout(again, refreshMs);
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [path, turn, refreshMs, again]);
  const current = state.path === path;
  return { value: current ? state.value : null, error: current ? state.error : null, again };
}
