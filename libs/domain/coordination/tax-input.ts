import { type FieldError, reject, type Rejection } from '../rejection.js';
import { resolveParameters } from './parameters.js';
import type { CoordinationParameters, CoordinationRequest, PortfolioState } from './request.js';

const LOTS_SHOWN = 5;

/** A request that names lots, with the portfolio that has them. */
export interface NamesLots {
  readonly request: Pick<CoordinationRequest, 'lots_to_sell' | 'coordination_parameters'>;
  readonly portfolioState: PortfolioState;
  readonly configuration?: { readonly parameters: CoordinationParameters };
}

/** Named lots that would not be sold as they are named: none of the position, or by another method. */
export function rejectLots({ request, portfolioState, configuration }: NamesLots): Rejection | undefined {
  const named = request.lots_to_sell ?? [];
  if (named.length === 0) return undefined;
  const { lotMethod } = resolveParameters(request.coordination_parameters, configuration?.parameters).tax;
  if (lotMethod !== 'SPECIFIC') {
    return reject('INVALID_REQUEST', `Lots are named, but sold by ${lotMethod}.`, [
      {
        pointer: '/lots_to_sell',
        message: `is not used by the lot method ${lotMethod}`,
        accepted: 'coordination_parameters.tax.lot_method SPECIFIC, or no lots_to_sell',
      },
    ]);
  }
  const lotsOf = new Map(
    portfolioState.positions.map((p) => [p.instrument_id, (p.tax_lots ?? []).map((l) => l.lot_id)]),
  );
  const errors = named.flatMap(({ instrument_id, lot_ids }, i): FieldError[] => {
    const known = lotsOf.get(instrument_id) ?? [];
    if (known.length === 0) {
      const accepted = 'an instrument whose position has tax_lots';
      return [{ pointer: `/lots_to_sell/${i}/instrument_id`, message: `${instrument_id} has no tax lots`, accepted }];
    }
    return lot_ids.flatMap((id, l) =>
      known.includes(id)
        ? []
        : [
            {
              pointer: `/lots_to_sell/${i}/lot_ids/${l}`,
              message: `is no lot of ${instrument_id}: "${id}"`,
              accepted: `one of ${shown(known)}`,
            },
          ],
    );
  });
  return errors.length === 0
    ? undefined
    : reject('INVALID_REQUEST', 'Lots are named that the portfolio does not have.', errors);
}

function shown(ids: readonly string[]): string {
  const listed = ids.slice(0, LOTS_SHOWN).join(', ');
  return ids.length > LOTS_SHOWN ? `${listed} and ${ids.length - LOTS_SHOWN} more` : listed;
}
