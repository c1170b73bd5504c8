/** Tells those who wait in the same process that the read models moved on; they look for themselves how far. */
export class AdvanceSignal {
  private readonly listeners = new Set<() => void>();

  /** Gives the function that ends it. */
  onAdvanced(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  advanced(): void {
    for (const listener of [...this.listeners]) listener();
  }
}
