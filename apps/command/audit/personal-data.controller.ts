import { Body, Controller, HttpCode, Inject, Logger, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { IsOptional, IsString, Length } from 'class-validator';
import { ProblemException, RequireScope } from '#platform';
import { PROBLEM_CONTENT } from '../problem-content.js';
import { AUDIT, type AuditAdapters } from './audit-adapters.js';

class ShredRequest {
  @IsOptional()
  @IsString({ message: 'portfolio_id is the name of a portfolio' })
  @Length(1, 500)
  portfolio_id?: string;

  @IsOptional()
  @IsString({ message: 'tenant is the name of a tenant; "default" in a service that names none' })
  @Length(1, 500)
  tenant?: string;
}

/** What was asked for, and what there was to do. */
interface Shredded {
  readonly tenant: string;
  readonly portfolio_id: string | null;
  /** 0 where nothing was sealed for it, or it was shredded before */
  readonly keys: number;
}

/** Makes personal fields of events unreadable for good (docs/audit.md). */
@ApiTags('audit')
@Controller('personal-data')
@RequireScope('operate')
export class PersonalDataController {
  private readonly logger = new Logger('PersonalData');

  constructor(@Inject(AUDIT) private readonly audit: AuditAdapters) {}

  @Post('shred')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'shredPersonalData',
    summary:
      'Destroy the keys of what is personal in the events of a portfolio, or of a whole tenant. Cannot be undone',
    description:
      'Events, hashes, proofs and replays stay as they are. Every process forgets the keys within 5 seconds. What comes later is sealed with a new key.',
  })
  @ApiBody({
    schema: {
      type: 'object',
      additionalProperties: false,
      properties: {
        portfolio_id: { type: 'string', minLength: 1, maxLength: 500 },
        tenant: { type: 'string', minLength: 1, maxLength: 500, description: 'by itself: everything of the tenant' },
      },
    },
  })
  @ApiResponse({ status: 200, description: 'How many keys there were' })
  @ApiResponse({ status: '4XX', description: 'Refused', content: PROBLEM_CONTENT })
  async shred(@Body() { portfolio_id, tenant }: ShredRequest): Promise<Shredded> {
    if (portfolio_id === undefined && tenant === undefined) {
      const accepted = 'a portfolio_id, a tenant, or a portfolio_id with its tenant';
      throw new ProblemException('invalid-request', {
        detail: 'It does not say whose data to shred.',
        errors: [{ pointer: '', message: 'names neither a portfolio nor a tenant', accepted }],
      });
    }
    const of = { tenant: tenant ?? 'default', portfolio_id: portfolio_id ?? null };
    const keys = await this.audit.personalKeys.shred(of.tenant, of.portfolio_id);
    // not whose: that would be another place to shred
    this.logger.log(`${keys} keys of personal fields were shredded`);
    return { ...of, keys };
  }
}
