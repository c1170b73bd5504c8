/**
 * The lane of a stream, 0 to `lanes` - 1: FNV-1a over the UTF-16 code units of its name, folded once so that the low bits
 * depend on all of it. Positions are kept by lane, so that this must never change for a database that holds some.
 */
export function laneOf(stream: string, lanes: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < stream.length; i++) hash = Math.imul(hash ^ stream.charCodeAt(i), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) % lanes;
}
