export { gainLimits, gainUsed, type GainLimit, type GainPrices } from './gain-limits.js';
export { daysToLongTerm } from './holding-period.js';
export { lotToSell } from './lot-to-sell.js';
export { alongPieces, gainOfPiece, type SalePiece, salePieces } from './sale-pieces.js';
export { taxSchedules } from './tax-schedules.js';
export { type SoldLot, TaxSchedule } from './tax-schedule.js';
export { WASH_SALE_DAYS, WashSales, type WashingPurchase } from './wash-sale.js';
