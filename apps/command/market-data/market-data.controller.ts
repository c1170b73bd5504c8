import { Body, Controller, HttpCode, Inject, Post, Put, Query, Req } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiPropertyOptional, ApiResponse, ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { schemaReference, validateInstruments, validatePriceAdjustments } from '#contracts';
import type { FieldError } from '#domain';
import type { IngestReport, Instrument, PriceAdjustment } from '#market-data';
import { describeErrors, ProblemException, RequireScope, streamedBody, StreamedBody } from '#platform';
import { acceptBody } from '../accept-body.js';
import { ImportBars } from './import-bars.js';
import { MARKET_DATA, type MarketDataAdapters } from './market-data-adapters.js';
import { MarketDataUpkeep } from './upkeep.js';

const FIRST_DAY = '0001-01-01';

class BarImportParameters {
  @ApiPropertyOptional({
    enum: ['true', 'false'],
    default: 'false',
    description: 'Create instruments that are not known, instead of rejecting their rows.',
  })
  @IsOptional()
  @IsIn(['true', 'false'])
  create_instruments?: 'true' | 'false';

  @ApiPropertyOptional({
    description: 'Names of columns or fields to pass over, by commas; others that are not known are refused.',
    example: 'open,high,low',
  })
  @IsOptional()
  @Matches(/^[^,]{1,100}(,[^,]{1,100}){0,99}$/, { message: 'ignore must be up to 100 names, separated by commas' })
  ignore?: string;
}

const BARS_DESCRIPTION = `
Daily bars: \`instrument_id\`, \`day\` (YYYY-MM-DD), \`close\` and, where known, \`volume\` in shares, as traded that day; splits are told
by \`POST /market-data/splits\`. NDJSON: one object a line. CSV: a header with these columns in any order, then a row a line, separated
by commas, semicolons, tabs or \`|\` (detected), in UTF-8, with or without a byte order mark, LF or CRLF.

Days may come in any order. A bar that is stored already is left as it is, another close or volume of its day replaces it and is
counted, of several rows of a day the last one wins. Rows that are no bars are listed by line; the others are stored. Rows of
instruments that are not known are rejected, unless \`create_instruments=true\`.

The body is read as a stream: a file of any number of rows up to MARKET_DATA_BODY_BYTES_MAX. Rows are stored in batches, each whole or
not at all; what was stored before an import broke off stays, and sending the file again completes it. That makes the call idempotent
by itself: \`Idempotency-Key\` is not looked at.`.trim();

const IDEMPOTENT = 'Sending the same again changes nothing, so `Idempotency-Key` is not looked at.';

@ApiTags('market data')
@Controller('market-data')
@RequireScope('operate')
export class MarketDataController {
  constructor(
    private readonly importBars: ImportBars,
    private readonly upkeep: MarketDataUpkeep,
    @Inject(MARKET_DATA) private readonly marketData: MarketDataAdapters,
  ) {}

  @Post('bars')
  @HttpCode(200)
  @StreamedBody()
  @ApiOperation({ operationId: 'importBars', summary: 'Import daily bars', description: BARS_DESCRIPTION })
  @ApiBody({ schema: { type: 'string', description: 'NDJSON or CSV' } })
  @ApiResponse({ status: 200, description: 'Everything was read', schema: schemaReference('BarImport') })
  @ApiResponse({
    status: 422,
    description: 'The columns are not those of bars, or no row is a bar: nothing was stored',
  })
  @ApiResponse({ status: 413, description: 'Longer than the limit; the rows before it are stored' })
  async postBars(@Req() request: FastifyRequest, @Query() query: BarImportParameters): Promise<IngestReport> {
    const { type, body } = streamedBody(request);
    return this.importBars.run({
      format: type === 'text/csv' ? 'csv' : 'ndjson',
      body,
      createInstruments: query.create_instruments === 'true',
      ignore: query.ignore?.split(',').map((name) => name.trim()) ?? [],
    });
  }

  @Put('instruments')
  @ApiOperation({
    operationId: 'setInstruments',
    summary: 'Tell what is known of instruments',
    description: `Every fact of each one is replaced: what is left out is unknown from then on. Others are not touched. ${IDEMPOTENT}`,
  })
  @ApiBody({ schema: schemaReference('InstrumentList') })
  @ApiResponse({ status: 200, description: 'How many were told' })
  async putInstruments(@Body() body: unknown): Promise<{ readonly instruments: number }> {
    const instruments = acceptBody<readonly Instrument[]>(body, validateInstruments);
    await this.marketData.store.upsertInstruments(instruments);
    return { instruments: instruments.length };
  }

  @Post('splits')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'setSplits',
    summary: 'Tell splits and other price adjustments',
    description:
      'Bars stay stored as they were traded; closes before the day are scaled when they are read, and volumes the other way, so that a ' +
      `split told late corrects all history. One of an instrument and day replaces the one told before. ${IDEMPOTENT}`,
  })
  @ApiBody({ schema: schemaReference('PriceAdjustmentList') })
  @ApiResponse({ status: 200, description: 'How many were told, and how many of them changed anything' })
  async postSplits(@Body() body: unknown): Promise<{ readonly splits: number; readonly changed: number }> {
    const splits = acceptBody<readonly PriceAdjustment[]>(body, validatePriceAdjustments);
    await this.refuseUnknown(splits);
    const changed = await this.marketData.store.writeAdjustments(splits);
    // closes of all days before are read otherwise from now on
    if (changed > 0) await this.marketData.onRevised?.(FIRST_DAY, new Date().toISOString().slice(0, 10));
    this.upkeep.changed();
    return { splits: splits.length, changed };
  }

  private async refuseUnknown(splits: readonly PriceAdjustment[]): Promise<void> {
    const known = await this.marketData.store.instrumentKeys();
    const errors: FieldError[] = splits.flatMap(({ instrument_id }, i) =>
      known.has(instrument_id)
        ? []
        : [
            {
              pointer: `/${i}/instrument_id`,
              message: `is ${JSON.stringify(instrument_id)}, which is not known`,
              accepted: 'an instrument told by PUT /market-data/instruments',
            },
          ],
    );
    if (errors.length > 0) throw new ProblemException('invalid-request', { detail: describeErrors(errors), errors });
  }
}
