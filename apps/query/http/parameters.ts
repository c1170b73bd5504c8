import { applyDecorators } from '@nestjs/common';
import { IsString, Matches, MaxLength, MinLength, ValidateBy, type ValidationOptions } from 'class-validator';
import { isUtcTime } from '#contracts';

/** Control characters and lone surrogates cannot be in the database, so nothing is found under them. */
const PRINTABLE = /^[^\p{Cc}\p{Cs}]*$/u;

/** A name as the service knows them: 1 to `maxLength` characters, none of them a control character. */
export function IsName(maxLength: number, options: ValidationOptions = {}): PropertyDecorator {
  return applyDecorators(
    IsString(options),
    MinLength(1, options),
    MaxLength(maxLength, options),
    Matches(PRINTABLE, { ...options, message: '$property must not contain control characters' }),
  );
}

/** The same for every element of a list. */
export const IsNames = (maxLength: number): PropertyDecorator => IsName(maxLength, { each: true });

export const IsUtcTime = (): PropertyDecorator =>
  ValidateBy({
    name: 'isUtcTime',
    validator: {
      validate: (value) => typeof value === 'string' && isUtcTime(value),
      defaultMessage: () => '$property must be a time in UTC as RFC 3339 writes it, such as 2025-06-21T10:00:00Z',
    },
  });
