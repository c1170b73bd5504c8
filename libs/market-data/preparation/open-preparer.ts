import { loadPolarsPreparer } from './polars-preparer.js';
import type { Preparer } from './preparer.js';
import { typescriptPreparer } from './typescript-preparer.js';

/** Polars, or where it does not load on this machine its twin, with the reason in a sentence. The numbers are the same. */
export async function openPreparer(
  load: () => Promise<Preparer> = loadPolarsPreparer,
): Promise<{ readonly preparer: Preparer; readonly notice: string | null }> {
  try {
    return { preparer: await load(), notice: null };
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split('\n');
    return { preparer: typescriptPreparer, notice: `Polars does not load here, its twin prepares the data: ${reason}` };
  }
}
