import { number, percent, words } from '../format.js';
import type { CoordinationResponse } from '../types.js';

type Impact = NonNullable<CoordinationResponse['coordination_summary']['impact_assessment']>;
type Side = Impact['before'];

const ROWS: readonly (readonly [string, (side: Side) => string])[] = [
  ['Invested', (s) => percent(s.invested, 1)],
  ['Volatility, a day', (s) => percent(s.volatility)],
  ['VaR 95, a day', (s) => percent(s.var_95)],
  ['CVaR 95, a day', (s) => percent(s.cvar_95)],
  ['Diversification ratio', (s) => number(s.diversification_ratio, 2)],
  ['Days to sell everything', (s) => number(s.days_to_liquidate, 2)],
];

/** The risk of the whole portfolio on either side of the trades. */
export function RiskBeforeAfter({ response }: { readonly response: CoordinationResponse }) {
  const impact = response.coordination_summary.impact_assessment;
  if (impact === undefined) return null;
  const stress = new Map(impact.before.stress.map((each) => [each.name, each.return]));
  return (
    <>
      <h2>Risk before and after</h2>
      <div class="plain-scroll" tabIndex={0} role="region" aria-label="Risk before and after">
        <table>
          <thead>
            <tr>
              <td />
              <th scope="col" class="num">
                Before
              </th>
              <th scope="col" class="num">
                After
              </th>
            </tr>
          </thead>
          <tbody>
            {ROWS.map(([name, of]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="num">{of(impact.before)}</td>
                <td class="num">{of(impact.after)}</td>
              </tr>
            ))}
            {impact.after.stress.map((each) => (
              <tr key={each.name}>
                <th scope="row">Stress: {words(each.name)}</th>
                <td class="num">{percent(stress.get(each.name), 1)}</td>
                <td class="num">{percent(each.return, 1)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
