export { choosePortfolio, type Choice } from './choose-portfolio.js';
export { mandateOf, type Mandate } from './mandate.js';
