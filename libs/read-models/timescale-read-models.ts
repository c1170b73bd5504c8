import type { Execution } from '#domain';
import { asSqlFailure, MIGRATION_LOCK, type SqlDatabase, type SqlExecutor } from '#platform';
import type { MarketModelSummary, RecentDecision, RowChange } from '#projections';
import {
  type AggregateStatus,
  createAggregates,
  readAggregates,
  refreshAggregates,
} from './aggregates/performance-aggregates.js';
import {
  deleteDeadLetter,
  type DeadLetter,
  insertDeadLetters,
  noteFailedRetry,
  type ParkedEvent,
  readDeadLetters,
} from './dead-letters.js';
import {
  type AtPosition,
  fenceLane,
  holdLanes,
  type LaneHold,
  type LaneStatus,
  moveLanes,
  readCheckpoint,
  readLanes,
} from './lanes/lanes.js';
import { lanesOf, type LeaseOptions, releaseLanes, shareLanes, takeLanes } from './lanes/leases.js';
import {
  queryConfiguration,
  queryCoordination,
  queryMarketModel,
  type StoredConfiguration,
} from './queries/current-queries.js';
import {
  type CoordinationFilter,
  type CoordinationRecord,
  queryCoordinations,
  queryCoordinationsBetween,
} from './queries/coordinations-query.js';
import {
  type DecisionCursor,
  type DecisionFilter,
  type DecisionPage,
  queryDecisions,
} from './queries/decisions-query.js';
import { queryExecution } from './queries/execution-query.js';
import { type LearnedStateRecord, queryChampion, queryLearnedStates } from './queries/learned-state-queries.js';
import {
  type OutcomeFilter,
  queryCoordinationOutcomes,
  queryDecisionScores,
  queryLimitCosts,
  queryProfitDays,
  queryProfits,
  querySignalScores,
  querySources,
} from './queries/outcome-queries.js';
import { type PerformanceQuery, type PerformanceRow, queryPerformance } from './queries/performance-query.js';
import { queryPortfolioState } from './queries/portfolio-state-query.js';
import { queryRecentDecisions } from './queries/recent-decisions-query.js';
import { queryRebalances, type RebalanceFilter, type RebalanceRecord } from './queries/rebalance-queries.js';
import { queryRiskModels, type RiskModelRecord } from './queries/risk-model-queries.js';
import { describeStorage, type ReadStorage } from './storage.js';
import { inSchema } from './versions/in-schema.js';
import { ReadModelVersions, schemaOf } from './versions/read-model-versions.js';
import { RebuildJobs } from './versions/rebuild-jobs.js';
import { PROJECTED_TABLES } from './write/tables.js';
import { type WayOfWriting, writeRows } from './write/write-rows.js';

/** Consecutive events of the log, those of some lanes folded: what they change, and which are set aside instead. */
export interface ProjectedBatch {
  /** as they were when the events were read, all at one position */
  readonly lanes: readonly LaneHold[];
  /** the position of the last event, of whichever lane */
  readonly upTo: bigint;
  readonly changes: readonly RowChange[];
  readonly parked: readonly DeadLetter[];
}

const UNIQUE_VIOLATION = '23505';

/** The tables of the query side on TimescaleDB, or on a plain Postgres. Migrated already. */
export class TimescaleReadModels {
  readonly versions: ReadModelVersions;
  readonly rebuilds: RebuildJobs;

  private constructor(
    private readonly database: SqlDatabase,
    private readonly schema: string,
    readonly storage: ReadStorage,
  ) {
    this.versions = new ReadModelVersions(database, schema, storage);
    this.rebuilds = new RebuildJobs(database);
  }

  static async open(database: SqlDatabase): Promise<TimescaleReadModels> {
    const [at] = await database.query<{ schema: string }>('SELECT quote_ident(current_schema()) AS schema');
    return new TimescaleReadModels(database, at?.schema ?? 'public', await describeStorage(database));
  }

  /** The tables of a version that is not live. */
  ofVersion(version: number): TimescaleReadModels {
    const schema = schemaOf(version);
    return new TimescaleReadModels(inSchema(this.database, schema), schema, this.storage);
  }

  /** The position up to which every event is folded in; 0 for none. */
  checkpoint(): Promise<bigint> {
    return readCheckpoint(this.database);
  }

  lanes(): Promise<readonly LaneStatus[]> {
    return readLanes(this.database);
  }

  lanesOf(owner: string): Promise<readonly LaneHold[]> {
    return lanesOf(this.database, owner);
  }

  shareLanes(options: LeaseOptions): Promise<readonly LaneHold[]> {
    return shareLanes(this.database, options);
  }

  takeLanes(owner: string): Promise<readonly LaneHold[]> {
    return takeLanes(this.database, owner);
  }

  releaseLanes(owner: string): Promise<void> {
    return releaseLanes(this.database, owner);
  }

  holdLanes(milliseconds: number): Promise<void> {
    return holdLanes(this.database, milliseconds);
  }

  /**
   * All or nothing, the positions of the lanes included.
   *
   * @throws LaneFencedError where another projector has one of the lanes now, or what is parked in it changed
   * @throws LanesHeldError while the lanes are to stand still
   */
  async apply(batch: ProjectedBatch): Promise<void> {
    try {
      await this.database.transaction((transaction) => applyBatch(transaction, batch, 'COPY'));
    } catch (error) {
      // a coordination that is there already is replaced, as one that comes twice in a batch is
      if (asSqlFailure(error)?.code !== UNIQUE_VIOLATION) throw error;
      await this.database.transaction((transaction) => applyBatch(transaction, batch, 'UPSERT'));
    }
  }

  /** The same within a transaction, for the tables of the version that its search path names first. */
  async applyWithin(transaction: SqlExecutor, batch: ProjectedBatch): Promise<void> {
    await applyBatch(transaction, batch, 'UPSERT');
  }

  deadLetters(): Promise<readonly ParkedEvent[]> {
    return readDeadLetters(this.database);
  }

  /**
   * Writes what a parked event changes after all, and forgets that it was parked. Whoever folds its lane looks again at
   * what is parked. Gives whether it was parked still.
   */
  applyParked(lane: number, position: bigint, changes: readonly RowChange[]): Promise<boolean> {
    return this.database.transaction(async (transaction) => {
      await fenceLane(transaction, lane);
      if (!(await deleteDeadLetter(transaction, position))) return false;
      await writeRows(transaction, changes);
      return true;
    });
  }

  noteFailedRetry(position: bigint, error: string): Promise<void> {
    return noteFailedRetry(this.database, position, error);
  }

  /** Empties every table and puts the lanes back to 0, for folding the log again. */
  async clear(): Promise<void> {
    await this.database.transaction(async (transaction) => {
      await transaction.query('UPDATE projection_lanes SET position = 0, fence = fence + 1, held_until = NULL');
      await transaction.query(`TRUNCATE ${[...PROJECTED_TABLES, 'projection_dead_letters'].join(', ')}`);
      await transaction.query(
        'UPDATE performance_aggregates SET refreshed_until = NULL, refreshing_until = NULL, revision = revision + 1',
      );
    });
  }

  aggregates(): Promise<readonly AggregateStatus[]> {
    return readAggregates(this.database);
  }

  /** Makes the continuous aggregates that are missing. Rejects (0A000) where the edition of TimescaleDB has none. */
  async createAggregates(): Promise<void> {
    await this.database.transaction(async (transaction) => {
      await transaction.query('SELECT pg_advisory_xact_lock($1::bigint)', [MIGRATION_LOCK]);
      await createAggregates(transaction, this.schema);
    });
  }

  /** Gives how many aggregates were brought further; 0 where there are none. */
  async refreshAggregates(): Promise<number> {
    return this.storage.aggregates ? refreshAggregates(this.database, this.schema) : 0;
  }

  /** Rejects where the database does not answer. */
  async ping(): Promise<void> {
    await this.database.query('SELECT 1');
  }

  /** JSON text of the answer; null where the coordination is not known. */
  coordination(coordinationId: string): Promise<string | null> {
    return queryCoordination(this.database, coordinationId);
  }

  /** The execution of a coordination as far as it is folded; null where the coordination is not known. */
  execution(coordinationId: string): Promise<Execution | null> {
    return queryExecution(this.database, coordinationId);
  }

  /** Newest first; those before a position where one is given. */
  coordinations(
    filter: CoordinationFilter,
    limit: number,
    before: bigint | null,
  ): Promise<readonly CoordinationRecord[]> {
    return queryCoordinations(this.database, filter, limit, before);
  }

  /** In the order of the log. Complete where `upTo` is no further than the checkpoint. */
  coordinationsBetween(after: bigint, upTo: bigint, limit: number): Promise<readonly CoordinationRecord[]> {
    return queryCoordinationsBetween(this.database, after, upTo, limit);
  }

  decisions(filter: DecisionFilter, limit: number, after: DecisionCursor | null): Promise<DecisionPage> {
    return queryDecisions(this.database, filter, limit, after);
  }

  performance(query: PerformanceQuery): Promise<readonly PerformanceRow[]> {
    return queryPerformance(this.database, query, this.storage);
  }

  /** What came of decisions made in a range of time. */
  outcomes(filter: OutcomeFilter) {
    const { database } = this;
    type Rest<Q> = Q extends (database: SqlExecutor, filter: OutcomeFilter, ...rest: infer R) => unknown ? R : never;
    return {
      signalScores: (...rest: Rest<typeof querySignalScores>) => querySignalScores(database, filter, ...rest),
      decisionScores: (...rest: Rest<typeof queryDecisionScores>) => queryDecisionScores(database, filter, ...rest),
      profits: (...rest: Rest<typeof queryProfits>) => queryProfits(database, filter, ...rest),
      limitCosts: () => queryLimitCosts(database, filter),
      profitDays: () => queryProfitDays(database, filter),
      sources: () => querySources(database, filter),
    };
  }

  learnedStates(limit: number): Promise<readonly LearnedStateRecord[]> {
    return queryLearnedStates(this.database, limit);
  }

  /** What coordinations use; null for the prior. */
  champion() {
    return queryChampion(this.database);
  }

  outcomesOfCoordination(coordinationId: string) {
    return queryCoordinationOutcomes(this.database, coordinationId);
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

  /** Newest first. */
  rebalances(filter: RebalanceFilter, limit: number): Promise<readonly RebalanceRecord[]> {
    return queryRebalances(this.database, filter, limit);
  }

  recentDecisions(
    instruments: readonly string[],
    limit: number,
  ): Promise<AtPosition<ReadonlyMap<string, readonly RecentDecision[]>>> {
    return queryRecentDecisions(this.database, instruments, limit);
  }
}

async function applyBatch(transaction: SqlExecutor, batch: ProjectedBatch, way: WayOfWriting): Promise<void> {
  await moveLanes(transaction, { lanes: batch.lanes, to: batch.upTo });
  await writeRows(transaction, batch.changes, way);
  await insertDeadLetters(transaction, batch.parked);
}
