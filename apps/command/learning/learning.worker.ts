import { type LearnedContent, recordLearnedState, type Evidence } from '#domain';
import { learn } from '#engine';

/** What the evidence says, as it would be recorded. */
export default function ({ observations, confidences, day }: Evidence): LearnedContent {
  return recordLearnedState(learn('', { observations, confidences, day }).state);
}
