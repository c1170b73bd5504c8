import type { FieldError } from '#domain';
import type { OutcomesRequest } from '../schemas/outcomes.js';
import { empty } from './execution-rules.js';

export const outcomesRules = ({ outcomes }: OutcomesRequest): readonly FieldError[] =>
  outcomes.length === 0 ? [empty('/outcomes', 'at least one outcome')] : [];
