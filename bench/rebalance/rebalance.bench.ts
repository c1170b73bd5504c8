import type { Bench } from '../bench.js';
import { type Rule, RULES, type TaxRates, type Walk, walk } from './walk.js';
import { rebalanceWorld } from './world.js';

const CASES: readonly { readonly name: string; readonly rates: TaxRates }[] = [
  { name: 'without tax', rates: { short_term_rate: 0, long_term_rate: 0 } },
  { name: 'with tax', rates: { short_term_rate: 0.35, long_term_rate: 0.15 } },
];

/** Utility lost in two years of monthly rebalancing of eighty stocks, with and without tax, beside two rules that people use. */
export const bench: Bench = {
  name: 'rebalance',
  async run(emit) {
    const world = await rebalanceWorld();
    const [from, to] = [world.bars.days[world.days[0]!]!, world.bars.days.at(-1)!];
    console.error(
      `rebalance: ${world.targets.size} instruments of ${world.origin}, ${from} to ${to}; a year of each rule:`,
    );
    for (const { name, rates } of CASES) {
      const walks = new Map<Rule, Walk>(RULES.map((rule) => [rule, walk(world, rule, rates)]));
      for (const [rule, came] of walks) console.error(`  ${name}, ${rule}: ${sentence(came)}`);
      const ours = walks.get('engine')!;
      for (const rule of RULES.filter((each) => each !== 'engine')) {
        const peer = walks.get(rule)!;
        emit({
          case: name,
          metric: 'utility lost',
          unit: 'bp',
          ours: ours.lostBps,
          peer: peer.lostBps,
          peer_name: rule,
        });
      }
    }
  },
};

function sentence({ turnover, trackingError, costBps, taxBps, distanceBps, lostBps }: Walk): string {
  return (
    `turnover ${(100 * turnover).toFixed(1)} %, tracking error ${(100 * trackingError).toFixed(2)} %, cost ${costBps.toFixed(2)} bp, ` +
    `tax ${taxBps.toFixed(2)} bp, distance ${distanceBps.toFixed(2)} bp; utility lost ${lostBps.toFixed(2)} bp`
  );
}
