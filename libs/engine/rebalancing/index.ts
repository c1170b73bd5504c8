export { rebalanceAccounts } from './account.js';
