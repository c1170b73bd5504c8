import type { SqlDatabase } from '#platform';
import type { MarketModelSummary, RecentDecision, RowChange } from '#projections';
import { type AtPosition, moveCheckpoint, readCheckpoint } from './checkpoints.js';
import { type DeadLetter, deleteDeadLetters, insertDeadLetters, readDeadLetters } from './dead-letters.js';
import {
  queryConfiguration,
  queryCoordination,
  queryMarketModel,
  queryPortfolioState,
  type StoredConfiguration,
} from './queries/current-queries.js';
import {
  type DecisionCursor,
  type DecisionFilter,
  type DecisionPage,
  queryDecisions,
} from './queries/decisions-query.js';
import { type PerformanceQuery, type PerformanceRow, queryPerformance } from './queries/performance-query.js';
import { queryRecentDecisions } from './queries/recent-decisions-query.js';
import { queryRiskModels, type RiskModelRecord } from './queries/risk-model-queries.js';
import { describeStorage, type ReadStorage } from './storage.js';
import { PROJECTED_TABLES } from './write/tables.js';
import { writeRows } from './write/write-rows.js';

/** Consecutive events of the log, folded: what they change, and which of them are set aside instead. */
export interface ProjectedBatch {
  /** the checkpoint that the batch was computed from */
  readonly after: bigint;
  /** the position of its last event */
  readonly upTo: bigint;
  readonly changes: readonly RowChange[];
  readonly parked: readonly DeadLetter[];
}

/** The tables of the query side on TimescaleDB, or on a plain Postgres. Migrated already. */
export class TimescaleReadModels {
  private constructor(
    private readonly database: SqlDatabase,
    readonly storage: ReadStorage,
  ) {}

  static async open(database: SqlDatabase): Promise<TimescaleReadModels> {
    return new TimescaleReadModels(database, await describeStorage(database));
  }

  /** The position of the last event that is folded in; 0 for none. */
  checkpoint(): Promise<bigint> {
    return readCheckpoint(this.database);
  }

  /** All or nothing, the checkpoint included. Throws a CheckpointMovedError where another projector was faster. */
  async apply(batch: ProjectedBatch): Promise<void> {
    await this.database.transaction(async (transaction) => {
      await moveCheckpoint(transaction, batch.after, batch.upTo);
      await writeRows(transaction, batch.changes);
      await insertDeadLetters(transaction, batch.parked);
    });
  }

  deadLetters(): Promise<readonly DeadLetter[]> {
    return readDeadLetters(this.database);
  }

  /** Writes what parked events change after all, and forgets that they were parked. `at` is the checkpoint. */
  async applyParked(at: bigint, positions: readonly bigint[], changes: readonly RowChange[]): Promise<void> {
    await this.database.transaction(async (transaction) => {
      await moveCheckpoint(transaction, at, at);
      await writeRows(transaction, changes);
      await deleteDeadLetters(transaction, positions);
    });
  }

  /** Empties every table and puts the checkpoint back to 0, for folding the log again. */
  async clear(): Promise<void> {
    const tables = [...PROJECTED_TABLES, 'projection_dead_letters', 'projection_checkpoints'];
    await this.database.query(`TRUNCATE ${tables.join(', ')}`);
  }

  /** Rejects where the database does not answer. */
  async ping(): Promise<void> {
    await this.database.query('SELECT 1');
  }

  /** JSON text of the answer; null where the coordination is not known. */
  coordination(coordinationId: string): Promise<string | null> {
    return queryCoordination(this.database, coordinationId);
  }

  decisions(filter: DecisionFilter, limit: number, after: DecisionCursor | null): Promise<DecisionPage> {
    return queryDecisions(this.database, filter, limit, after);
  }

  performance(query: PerformanceQuery): Promise<readonly PerformanceRow[]> {
    return queryPerformance(this.database, query, this.storage.timescale);
  }

  /** JSON text; of the portfolio that was set last where none is named. */
  portfolioState(portfolioId?: string): Promise<AtPosition<string> | null> {
    return queryPortfolioState(this.database, portfolioId);
  }

  configuration(configName: string): Promise<StoredConfiguration | null> {
    return queryConfiguration(this.database, configName);
  }

  marketModel(): Promise<AtPosition<MarketModelSummary> | null> {
    return queryMarketModel(this.database);
  }

  /** Published models, newest first. */
  riskModels(limit: number): Promise<readonly RiskModelRecord[]> {
    return queryRiskModels(this.database, limit);
  }

  recentDecisions(
    instruments: readonly string[],
    limit: number,
  ): Promise<AtPosition<ReadonlyMap<string, readonly RecentDecision[]>>> {
    return queryRecentDecisions(this.database, instruments, limit);
  }
}
