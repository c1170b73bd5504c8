export { type PortfolioCheck, verifyPortfolio } from './verify-portfolio.js';
