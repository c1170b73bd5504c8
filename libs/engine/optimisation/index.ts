export { choosePortfolio, type Choice, lotsSold, utilityOf } from './choose-portfolio.js';
export { mandateOf, type Mandate } from './mandate.js';
