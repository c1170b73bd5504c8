import type { FieldError, ReplayRequest } from '#domain';
import { parameterRules } from './coordination-request-rules.js';

/** What the schema cannot say of a request for a replay. */
export function replayRules({ mode, range = {}, ...other }: ReplayRequest): readonly FieldError[] {
  const { config_name, coordination_parameters: parameters } = other;
  const named = config_name !== undefined || parameters !== undefined;
  const accepted = 'mode what-if with config_name, coordination_parameters or both; mode verify with neither';
  const contradictions: FieldError[] = [];
  if (mode === 'verify' && config_name !== undefined) {
    contradictions.push({ pointer: '/config_name', message: 'is for mode what-if', accepted });
  }
  if (mode === 'verify' && parameters !== undefined) {
    contradictions.push({ pointer: '/coordination_parameters', message: 'are for mode what-if', accepted });
  }
  if (mode === 'what-if' && !named) {
    contradictions.push({ pointer: '/config_name', message: 'or coordination_parameters are required', accepted });
  }
  if (range.from !== undefined && range.to !== undefined && Date.parse(range.to) <= Date.parse(range.from)) {
    contradictions.push({ pointer: '/range/to', message: 'is not after from', accepted: 'a later time' });
  }
  if ((range.to_position ?? Infinity) < (range.from_position ?? 0)) {
    contradictions.push({ pointer: '/range/to_position', message: 'is before from_position', accepted: 'a later one' });
  }
  const wrong = parameters === undefined ? [] : parameterRules(parameters);
  return [...contradictions, ...wrong.map((e) => ({ ...e, pointer: `/coordination_parameters${e.pointer}` }))];
}
