import { lotsSold } from '../optimisation/index.js';
import { daysToLongTerm, type SoldLot, WASH_SALE_DAYS, type WashingPurchase } from '../tax/index.js';
import { list, shares } from './format.js';
import type { Evidence } from './refusal.js';

const LOTS_SHOWN = 5;
/** A lot that will be long-term within this many days is worth waiting for. */
const NEAR_DAYS = 60;
/** Amounts below a hundredth are not worth a sentence. */
const MONEY_MIN = 0.005;

const METHODS = {
  LEAST_TAX: 'by least tax',
  HIFO: 'highest basis first',
  FIFO: 'oldest first',
  SPECIFIC: 'as the request names them',
} as const;

/** What a trade means for tax: the lots sold, losses harvested or why they do not count, and what waiting would save. */
export function taxReasons(evidence: Evidence, i: number): string[] {
  const { mandate, choice } = evidence;
  if (choice.trades[i]! > 0) return washedElsewhere(evidence, i);
  const sold = lotsSold(mandate, choice.trades, i);
  if (sold.length === 0) return [];
  return [lotsSentence(evidence, i, sold), ...lossSentences(evidence, i, sold), ...waitSentence(evidence, i, sold)];
}

function lotsSentence({ mandate }: Evidence, i: number, sold: readonly SoldLot[]): string {
  const { lotMethod = 'LEAST_TAX' } = mandate.parameters.tax;
  const named = mandate.taxSchedules[i]!.most < Infinity;
  const method = METHODS[lotMethod === 'SPECIFIC' && !named ? 'LEAST_TAX' : lotMethod];
  const price = mandate.universe.price[i]!;
  const parts = sold.map(({ lotId, quantity, lot }) => {
    const term = lot.term === 'LONG' ? 'long-term' : 'short-term';
    return `${shares(quantity)} of ${lotId} (${term}, ${gainWords(quantity * price * (lot.gain - lot.disallowed))})`;
  });
  const tax = sumOver(sold, price, ({ lot }) => lot.tax);
  return `Lots sold ${method}: ${list(parts, LOTS_SHOWN)}; tax ${money(tax)}.`;
}

function lossSentences({ mandate }: Evidence, i: number, sold: readonly SoldLot[]): string[] {
  const { universe, washSales, parameters } = mandate;
  const price = universe.price[i]!;
  const sentences: string[] = [];
  const harvested = sumOver(sold, price, ({ lot }) => Math.max(0, -lot.gain));
  const saved = sumOver(sold, price, ({ lot }) => Math.max(0, -lot.tax));
  if (harvested >= MONEY_MIN && parameters.tax.harvest) {
    sentences.push(`Harvests a loss of ${money(harvested)}, worth ${money(saved)} of tax.`);
  }
  const disallowed = sumOver(sold, price, ({ lot }) => lot.disallowed);
  if (disallowed >= MONEY_MIN) {
    const purchase = washSales.purchaseOf(universe.ids[i]!);
    sentences.push(
      purchase === undefined
        ? `A loss of ${money(disallowed)} was not counted on: a signal or a target might have had ${universe.ids[i]!} bought.`
        : `A loss of ${money(disallowed)} does not count: ${purchaseWords(universe.ids[i]!, purchase)}.`,
    );
  }
  return sentences;
}

function purchaseWords(id: string, { account, days }: WashingPurchase): string {
  if (account === undefined && days === 0) return `an open order buys ${id} (wash sale)`;
  const buyer = account === undefined ? id : `${account}`;
  const when = days < 0 ? `${counted(Math.floor(-days))} ago` : days > 0 ? `in ${counted(Math.ceil(days))}` : 'now';
  const bought = account === undefined ? 'was bought' : days > 0 ? `buys ${id}` : `bought ${id}`;
  return `${buyer} ${bought} ${when}, within ${WASH_SALE_DAYS} days (wash sale)`;
}

/** The short-term lot with a gain that is nearest to the long-term rate. */
function waitSentence({ mandate }: Evidence, i: number, sold: readonly SoldLot[]): string[] {
  const { parameters, input, universe } = mandate;
  const cheaper = parameters.tax.shortTermRate - parameters.tax.longTermRate;
  const price = universe.price[i]!;
  let nearest: { readonly lot: SoldLot; readonly days: number } | undefined;
  for (const lot of sold) {
    const days = daysToLongTerm(lot.lot, input.asOf);
    if (days === 0 || days > NEAR_DAYS || cheaper * lot.lot.gain * lot.quantity * price < MONEY_MIN) continue;
    if (nearest === undefined || days < nearest.days) nearest = { lot, days };
  }
  if (nearest === undefined) return [];
  const { lot, days } = nearest;
  const saving = money(cheaper * lot.lot.gain * lot.quantity * price);
  return [`${counted(days)} until lot ${lot.lotId} is long-term: waiting would save ${saving} of tax at this price.`];
}

/** A purchase that disallows a loss which another account has taken or plans to take. */
function washedElsewhere({ mandate }: Evidence, i: number): string[] {
  const id = mandate.universe.ids[i]!;
  const lost = mandate.washSales.lossOf(id);
  if (lost === undefined) return [];
  const when =
    lost.days < 0 ? `took ${counted(Math.floor(-lost.days))} ago` : `plans in ${counted(Math.ceil(lost.days))}`;
  return [`Buying ${id} disallows the loss of ${money(lost.loss)} that ${lost.account} ${when} (wash sale).`];
}

function sumOver(sold: readonly SoldLot[], price: number, of: (lot: SoldLot) => number): number {
  return sold.reduce((sum, lot) => sum + lot.quantity * price * of(lot), 0);
}

function gainWords(amount: number): string {
  return amount < 0 ? `loss ${money(-amount)}` : `gain ${money(amount)}`;
}

function money(amount: number): string {
  const text = amount.toFixed(2);
  return text === '-0.00' ? '0.00' : text;
}

function counted(days: number): string {
  return `${days} ${days === 1 ? 'day' : 'days'}`;
}
