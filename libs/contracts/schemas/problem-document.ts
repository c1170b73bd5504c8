import { Type } from 'typebox';
import { PROBLEMS, type ProblemName, problemType } from '../problems/problem.js';

const kinds = (Object.keys(PROBLEMS) as ProblemName[]).map(problemType);

const fieldErrorSchema = Type.Object(
  {
    pointer: Type.String({ description: 'JSON pointer (RFC 6901) into the body; empty for the whole of it' }),
    message: Type.String(),
    accepted: Type.Optional(Type.String({ description: 'What would be accepted there' })),
  },
  { title: 'FieldError' },
);

/** Open: a kind may add members. */
export const problemDocumentSchema = Type.Object(
  {
    type: Type.Enum(kinds, { description: 'The kind; the path describes it' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String(),
    request_id: Type.String(),
    code: Type.Optional(Type.String({ description: 'The reason of the domain, where it refused' })),
    errors: Type.Optional(Type.Array(fieldErrorSchema)),
  },
  { title: 'Problem', description: 'RFC 9457, application/problem+json' },
);
