import { Body, Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { IsInt, IsOptional, IsRFC3339, Max, Min } from 'class-validator';
import { type ArchiveBound, archiveEvents, type ArchiveFile, ArchiveRefusedError, readArchives } from '#audit';
import { createPostgresDatabase, ProblemException, RequireScope } from '#platform';
import { PROBLEM_CONTENT } from '../problem-content.js';
import { AUDIT, type AuditAdapters } from './audit-adapters.js';
import { AuditUpkeep } from './audit-upkeep.js';

class ArchiveRequest {
  @IsOptional()
  @IsRFC3339({ message: 'before_time is a time such as 2025-01-01T00:00:00Z' })
  before_time?: string;

  @IsOptional()
  @IsInt({ message: 'before_position is a position: a whole number from 1' })
  @Min(1)
  @Max(1e15)
  before_position?: number;

  @IsOptional()
  @IsInt({ message: 'file_events is a whole number from 1 to 1000000' })
  @Min(1)
  @Max(1_000_000)
  file_events?: number;
}

/** Old events in files (docs/audit.md). */
@ApiTags('audit')
@Controller('audit/archives')
export class ArchiveController {
  constructor(
    @Inject(AUDIT) private readonly audit: AuditAdapters,
    private readonly upkeep: AuditUpkeep,
  ) {}

  @Get()
  @RequireScope('audit')
  @ApiOperation({
    operationId: 'getArchives',
    summary: 'The files that old events were moved to, in the order of the log',
  })
  @ApiResponse({ status: 200, description: 'Each with its range, its hash, the Merkle root up to its end' })
  async list(): Promise<object> {
    return { archives: (await readArchives(this.audit.database)).map(shown) };
  }

  @Post()
  @HttpCode(200)
  @RequireScope('operate')
  @ApiOperation({
    operationId: 'archiveEvents',
    summary: 'Move the oldest events to one more file, up to a bound; again until there is nothing to move',
    description:
      'The log is signed first, where this process signs it: what is moved has to be covered by a checkpoint. The file is read back and verified before the database lets go of what is in it. The process needs MIGRATION_DATABASE_URL and EVENT_ARCHIVE_DIR; `npm start` has its own.',
  })
  @ApiBody({
    schema: {
      type: 'object',
      additionalProperties: false,
      properties: {
        before_time: { type: 'string', format: 'date-time', description: 'events recorded before it' },
        before_position: { type: 'integer', minimum: 1, description: 'or those before this position' },
        file_events: { type: 'integer', minimum: 1, maximum: 1_000_000, default: 20_000 },
      },
    },
  })
  @ApiResponse({ status: 200, description: 'The file; null where there is nothing to move' })
  @ApiResponse({ status: '4XX', description: 'Refused', content: PROBLEM_CONTENT })
  @ApiResponse({ status: 503, description: 'Nothing may be moved; `detail` says why', content: PROBLEM_CONTENT })
  async archive(@Body() { before_time, before_position, file_events }: ArchiveRequest): Promise<object> {
    const { archiving } = this.audit;
    if (archiving === null) {
      const detail = 'This process archives nothing: it needs MIGRATION_DATABASE_URL and EVENT_ARCHIVE_DIR.';
      throw new ProblemException('not-ready', { detail });
    }
    const before = boundOf(before_time, before_position);
    await this.upkeep.signNow();
    const connection = { url: archiving.ownerUrl, poolSize: 2, statementTimeoutMs: 0 };
    const owner = await createPostgresDatabase({ ...connection, applicationName: 'coordination archive' });
    try {
      const [file] = await archiveEvents(owner, {
        before,
        folder: archiving.folder,
        filesMax: 1,
        ...(file_events === undefined ? {} : { eventsMax: file_events }),
      });
      return { archive: file === undefined ? null : shown(file) };
    } catch (error) {
      if (!(error instanceof ArchiveRefusedError)) throw error;
      throw new ProblemException('not-ready', { detail: error.message, cause: error });
    } finally {
      await owner.close();
    }
  }
}

function boundOf(beforeTime: string | undefined, beforePosition: number | undefined): ArchiveBound {
  if (beforeTime !== undefined && beforePosition === undefined) return { beforeTime };
  if (beforePosition !== undefined && beforeTime === undefined) return { beforePosition };
  throw new ProblemException('invalid-request', {
    detail: 'It does not say which events are old.',
    errors: [{ pointer: '', message: 'has no bound, or two', accepted: 'before_time or before_position' }],
  });
}

const shown = ({ from, to, archivedAt, ...file }: ArchiveFile): object => ({
  from: String(from),
  to: String(to),
  ...file,
  archived_at: archivedAt,
});
