import type * as Jax from '@jax-js/jax';

let loaded: Promise<typeof Jax> | undefined;

/**
 * JAX on its WebAssembly backend, which is the one that runs without a browser, with arrays of double
 * precision (its exponential is good to seven digits). Loaded when first used: it is for tuning in
 * the background, and nothing that answers a request waits for it.
 */
export function loadJax(): Promise<typeof Jax> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<typeof Jax> {
  // the library names the type when it is imported, and Node 20 does not have it; no array here is of that type
  const scope = globalThis as { Float16Array?: unknown };
  scope.Float16Array ??= class extends Uint16Array {};
  const jax = await import('@jax-js/jax');
  const devices = await jax.init('wasm');
  if (!devices.includes('wasm')) throw new Error('JAX: the WebAssembly backend does not start here');
  jax.defaultDevice('wasm');
  return jax;
}
