import { Readable } from 'node:stream';
import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { type CoordinationProof, exportText, proveCoordination, readCheckpoints } from '#audit';
import { ProblemException, RequireScope } from '#platform';
import { PROBLEM_CONTENT } from '../problem-content.js';
import { AUDIT, type AuditAdapters } from './audit-adapters.js';
import { AuditUpkeep } from './audit-upkeep.js';

/** Digits only: `1e3` and an empty text are no positions. */
const WholeNumber = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^[0-9]{1,15}$/.test(value) ? Number(value) : value,
  );

class ExportQuery {
  @IsOptional()
  @WholeNumber()
  @IsInt({ message: 'from is a position: a whole number from 1' })
  @Min(1)
  from?: number;

  @IsOptional()
  @WholeNumber()
  @IsInt({ message: 'to is a position: a whole number from 1' })
  @Min(1)
  to?: number;
}

const STREAM_MAX = 100;

class CheckpointsQuery {
  @IsOptional()
  @WholeNumber()
  @IsInt({ message: 'limit is a whole number from 1 to 1000' })
  @Min(1)
  @Max(1_000)
  limit?: number;
}

class StreamPath {
  @Matches(/^[^\p{Cc}]{1,500}$/u, { message: 'stream is a name such as coordination-coord_20250621_001' })
  stream!: string;
}

class StreamQuery {
  @IsOptional()
  @WholeNumber()
  @IsInt({ message: 'from_version is a version: a whole number from 1' })
  @Min(1)
  from_version?: number;

  @IsOptional()
  @WholeNumber()
  @IsInt({ message: `limit is a whole number from 1 to ${STREAM_MAX}` })
  @Min(1)
  @Max(STREAM_MAX)
  limit?: number;
}

class ProofPath {
  @Matches(/^[A-Za-z0-9._-]{1,100}$/, { message: 'coordination_id is an id such as coord_20250621_001' })
  coordination_id!: string;
}

const NDJSON = 'application/x-ndjson';

/** What an auditor takes away: the log, what was signed of it, and proofs (docs/audit.md). */
@ApiTags('audit')
@Controller('audit')
@RequireScope('audit')
export class AuditController {
  constructor(
    @Inject(AUDIT) private readonly audit: AuditAdapters,
    private readonly upkeep: AuditUpkeep,
  ) {}

  @Get('checkpoints')
  @ApiOperation({
    operationId: 'getCheckpoints',
    summary: 'The newest signed checkpoints of the log, newest first, and the public key of this process',
  })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 1_000, default: 100 } })
  @ApiResponse({ status: 200, description: 'Each with its size and its signed text' })
  async checkpoints(@Query() query: CheckpointsQuery): Promise<object> {
    const found = await readCheckpoints(this.audit.database, query.limit ?? 100);
    return {
      public_key: this.audit.folder?.signer.verifier.text ?? null,
      checkpoints: found.map(({ size, note, publicKey }) => ({
        size: String(size),
        checkpoint: note,
        public_key: publicKey,
      })),
    };
  }

  @Get('streams/:stream')
  @ApiOperation({
    operationId: 'getStream',
    summary: 'The events of a stream as they were recorded, personal fields opened',
    description: 'Where a personal field was shredded, "[shredded]" stands for it. Everybody else reads events sealed.',
  })
  @ApiParam({ name: 'stream', schema: { type: 'string' } })
  @ApiQuery({ name: 'from_version', required: false, schema: { type: 'integer', minimum: 1, default: 1 } })
  @ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: STREAM_MAX, default: 10 },
  })
  @ApiResponse({ status: 200, description: 'In the order of their versions' })
  @ApiResponse({ status: '4XX', description: 'There is no such stream', content: PROBLEM_CONTENT })
  async stream(@Param() path: StreamPath, @Query() query: StreamQuery): Promise<object> {
    const events = await this.audit.eventStore.readStream(path.stream, {
      limit: query.limit ?? 10,
      personalFields: 'OPENED',
      ...(query.from_version === undefined ? {} : { fromVersion: query.from_version }),
    });
    if (events.length === 0) {
      throw new ProblemException('not-found', { detail: `The stream "${path.stream}" has no events there.` });
    }
    return {
      events: events.map((event) => ({
        position: event.position.toString(),
        stream: event.stream,
        version: event.version,
        id: event.id,
        type: event.type,
        schema_version: event.schemaVersion,
        recorded_at: event.recordedAt,
        metadata: event.metadata,
        data: event.data,
      })),
    };
  }

  @Get('proof/:coordination_id')
  @ApiOperation({
    operationId: 'getCoordinationProof',
    summary: 'That a coordination is in the log as it was signed; checked offline by `coordination verify --proof`',
  })
  @ApiResponse({ status: 200, description: 'The events, their place in the Merkle tree, and the signed checkpoint' })
  @ApiResponse({ status: '4XX', description: 'There is no such coordination', content: PROBLEM_CONTENT })
  @ApiResponse({ status: 503, description: 'No checkpoint covers it yet', content: PROBLEM_CONTENT })
  async proof(@Param() path: ProofPath): Promise<CoordinationProof> {
    const { database, archive } = this.audit;
    let proof = await proveCoordination(database, path.coordination_id, archive);
    if (proof === 'UNSIGNED') {
      await this.upkeep.signNow();
      proof = await proveCoordination(database, path.coordination_id, archive);
    }
    if (proof === 'UNKNOWN') {
      throw new ProblemException('not-found', { detail: `There is no coordination "${path.coordination_id}".` });
    }
    if (proof === 'UNSIGNED') {
      const detail =
        this.audit.folder === null
          ? 'This process signs no checkpoints (AUDIT_DIR is not set), and none covers the coordination yet.'
          : 'No checkpoint covers the coordination yet.';
      throw new ProblemException('not-ready', { detail, retryAfter: 1 });
    }
    if ('code' in proof) throw new ProblemException('log-altered', { detail: proof.message });
    return proof;
  }

  @Get('export')
  @ApiOperation({
    operationId: 'exportLog',
    summary: 'The events of the log, or of a range of positions, with checkpoints and proofs, as NDJSON',
    description: 'Streams. Checked offline by `coordination verify FILE`. An export without its end line was cut.',
  })
  @ApiQuery({ name: 'from', required: false, schema: { type: 'integer', minimum: 1, default: 1 } })
  @ApiQuery({ name: 'to', required: false, description: 'default the newest', schema: { type: 'integer', minimum: 1 } })
  @ApiResponse({ status: 200, description: 'coordination-export/1', content: { [NDJSON]: {} } })
  @ApiResponse({ status: '4XX', description: 'Refused', content: PROBLEM_CONTENT })
  export(@Query() query: ExportQuery, @Res({ passthrough: true }) reply: FastifyReply): Readable {
    if (query.from !== undefined && query.to !== undefined && query.to < query.from) {
      const message = 'must not be less than from';
      throw new ProblemException('invalid-request', { detail: `to ${message}`, errors: [{ pointer: '/to', message }] });
    }
    void reply.code(200).type(NDJSON);
    return Readable.from(exportText(this.audit.database, query, this.audit.archive));
  }
}
