export type * from './sql/sql-database.js';
