import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsOptional } from 'class-validator';
import { CORRELATION_INSTRUMENTS_MAX } from '#projections';
import { IsName, IsNames } from '../http/parameters.js';

export class PortfolioParameters {
  @ApiPropertyOptional({ description: 'Default: the portfolio whose state was set last.' })
  @IsOptional()
  @IsName(100)
  portfolio_id?: string;
}

export class InstrumentParameters {
  @IsName(20)
  instrument_id!: string;
}

export class CorrelationParameters {
  @ApiPropertyOptional({
    type: String,
    description: 'Instruments by commas, in the order wanted; those that the model does not hold are left out.',
  })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(',') : value))
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(CORRELATION_INSTRUMENTS_MAX)
  @ArrayUnique()
  @IsNames(20)
  instruments?: string[];
}
