import { Type } from 'typebox';
import { coordinationParametersSchema } from './coordination-parameters.js';
import { closed } from './primitives.js';

export const configurationSchema = Type.Object(
  {
    config_name: Type.String(),
    version: Type.Integer({ minimum: 1, description: 'Grows with every change; coordinations name it' }),
    enabled: Type.Boolean(),
    coordination_parameters: coordinationParametersSchema,
  },
  { ...closed, title: 'Configuration' },
);
