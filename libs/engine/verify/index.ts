export { type CheckedLimit, type PortfolioCheck, verifyPortfolio } from './verify-portfolio.js';
