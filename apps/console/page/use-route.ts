import { useEffect, useState } from 'preact/hooks';
import { partsOf } from './address.js';

export function useRoute(): readonly string[] {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = (): void => setHash(location.hash);
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return partsOf(hash);
}
