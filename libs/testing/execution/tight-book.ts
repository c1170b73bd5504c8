import type { CoordinationInput, RemainingOrder } from '#engine';
import { generatedInput } from '../generated/generated-input.js';
import { RandomStream } from '../generated/random-stream.js';

const NAV = 1e7;

/** A book whose limits are near: little cash, tight sector, risk and gross limits, in some of them shorts. */
export function tightBook(seed: number, instrumentsMax = 25): CoordinationInput {
  const random = new RandomStream(seed);
  const short = random.chance(0.4);
  return generatedInput({
    seed,
    instruments: 5 + random.integer(instrumentsMax - 4),
    signals: 10 + random.integer(20),
    nav: NAV,
    invested: random.between(0.8, 0.99),
    held: random.between(0.3, 0.8),
    largestWeight: 0.15,
    short: short ? 0.4 : 0,
    parameters: {
      maxPositionSize: 0.2,
      maxTurnover: 2,
      maxParticipation: 0.5,
      cashBuffer: random.between(0, 0.02),
      correlationThreshold: 1,
      riskBudgetLimit: random.between(0.006, 0.03),
      maxSectorWeight: random.between(0.15, 0.6),
      tradeUniverse: random.pick(['SIGNALLED', 'ALL']),
      allowShort: short,
      maxGross: random.between(0.7, 1.2),
    },
  });
}

/** Orders toward random weights, in some of the instruments, whatever the limits say. */
export function randomOrders(input: CoordinationInput, random: RandomStream): RemainingOrder[] {
  const held = new Map(input.portfolio.positions.map(({ instrumentId, quantity }) => [instrumentId, quantity]));
  return input.market.requestFacts
    .filter(() => random.chance(0.6))
    .map(({ instrumentId, price }) => {
      const target = Math.floor((NAV * random.between(input.parameters.allowShort ? -0.2 : 0, 0.2)) / price!);
      return { decisionId: instrumentId, instrumentId, quantity: target - (held.get(instrumentId) ?? 0) };
    });
}
