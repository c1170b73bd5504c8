import type { PortfolioState } from '#domain';
import type { TradesAssessment } from '#engine';

interface Lot {
  readonly lot_id: string;
  quantity: number;
  readonly cost_basis: number;
  readonly acquired_at: string;
}

/** What a rule holds: cash and tax lots, moved by trades at the closes, their costs and their taxes. Money. */
export class Book {
  private readonly lots = new Map<string, Lot[]>();

  constructor(
    private cash: number,
    held: readonly { readonly instrument_id: string; readonly quantity: number; readonly price: number }[],
    at: string,
  ) {
    for (const { instrument_id, quantity, price } of held) this.add(instrument_id, quantity, price, at);
  }

  quantityOf(instrument: string): number {
    return (this.lots.get(instrument) ?? []).reduce((sum, { quantity }) => sum + quantity, 0);
  }

  value(priceOf: (instrument: string) => number): number {
    return [...this.lots.keys()].reduce((sum, id) => sum + this.quantityOf(id) * priceOf(id), this.cash);
  }

  weights(priceOf: (instrument: string) => number): ReadonlyMap<string, number> {
    const nav = this.value(priceOf);
    return new Map([...this.lots.keys()].map((id) => [id, (this.quantityOf(id) * priceOf(id)) / nav]));
  }

  state(as_of: string): PortfolioState {
    const positions = [...this.lots]
      .map(([instrument_id, lots]) => ({
        instrument_id,
        quantity: this.quantityOf(instrument_id),
        tax_lots: lots.map((lot) => ({ ...lot })),
      }))
      .filter(({ quantity }) => quantity > 0)
      .sort((a, b) => (a.instrument_id < b.instrument_id ? -1 : 1));
    return { portfolio_id: 'real', as_of, currency: 'USD', cash: this.cash, positions };
  }

  /** Trades at the prices of the assessment: the lots that it names are sold, its costs and taxes are paid. */
  execute({ nav, trades, costBps }: TradesAssessment, quantities: ReadonlyMap<string, number>, at: string): void {
    const { spread, fee, impact, tax } = costBps;
    this.cash -= ((spread + fee + impact + tax) * nav) / 1e4;
    for (const { instrumentId, price, lots } of trades) {
      const quantity = quantities.get(instrumentId) ?? 0;
      this.cash -= quantity * price;
      if (quantity > 0) this.add(instrumentId, quantity, price, at);
      else this.take(instrumentId, -quantity, lots);
    }
  }

  private add(instrument: string, quantity: number, cost_basis: number, acquired_at: string): void {
    const lot_id = `${instrument}-${acquired_at.slice(0, 10)}`;
    this.lots.set(instrument, [...(this.lots.get(instrument) ?? []), { lot_id, quantity, cost_basis, acquired_at }]);
  }

  private take(instrument: string, quantity: number, sold: TradesAssessment['trades'][number]['lots']): void {
    const lots = this.lots.get(instrument) ?? [];
    let left = quantity;
    for (const part of sold) {
      const lot = lots.find(({ lot_id }) => lot_id === part.lotId);
      if (lot === undefined || lot.quantity < part.quantity) throw new Error(`${instrument} has no lot ${part.lotId}`);
      lot.quantity -= part.quantity;
      left -= part.quantity;
    }
    if (left !== 0) throw new Error(`${left} shares of ${instrument} were sold from no lot`);
    this.lots.set(
      instrument,
      lots.filter((lot) => lot.quantity > 0),
    );
  }
}
