import { schemaReference } from '#contracts';

/** For the description of an operation: what a refusal looks like. */
export const PROBLEM_CONTENT = { 'application/problem+json': { schema: schemaReference('Problem') } };
