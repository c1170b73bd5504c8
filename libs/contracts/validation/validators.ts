import type {
  CoordinationParameters,
  CoordinationRequest,
  FieldError,
  ImpactRequest,
  PortfolioState,
  RebalanceRequest,
  ReplayRequest,
} from '#domain';
import { coordinationParametersSchema } from '../schemas/coordination-parameters.js';
import { BATCH_MAX, coordinationRequestSchema } from '../schemas/coordination-request.js';
import { coordinationResponseSchema } from '../schemas/coordination-response.js';
import { outcomesRequestSchema, revertRequestSchema } from '../schemas/outcomes.js';
import { cancelRequestSchema, fillsRequestSchema, marketUpdateSchema } from '../schemas/execution.js';
import { impactAnswerSchema, impactRequestSchema } from '../schemas/impact.js';
import { instrumentListSchema, priceAdjustmentListSchema } from '../schemas/instruments.js';
import { portfolioStateSchema } from '../schemas/portfolio-state.js';
import { queuedRebalanceRequestSchema } from '../schemas/rebalance.js';
import { replayRequestSchema } from '../schemas/replay.js';
import {
  coordinationRequestRules,
  parameterRules,
  portfolioStateRules,
  targetRules,
} from './coordination-request-rules.js';
import { found } from './describe.js';
import { ERRORS_MAX } from './explain.js';
import { outcomesRules } from './outcome-rules.js';
import { cancelRules, fillsRules, marketUpdateRules } from './execution-rules.js';
import { impactRules } from './impact-rules.js';
import { replayRules } from './replay-rules.js';
import { instrumentListRules, priceAdjustmentRules } from './instrument-rules.js';
import { type Validator, validatorOf } from './validator.js';

const fitsRequest = validatorOf(coordinationRequestSchema);
const fitsParameters = validatorOf(coordinationParametersSchema);
const fitsPortfolioState = validatorOf(portfolioStateSchema);
const fitsReplay = validatorOf(replayRequestSchema);

/** The rules read the value as what the schema has just made sure it is. */
const validate =
  <T>(fits: Validator, rules: (value: T) => readonly FieldError[]): Validator =>
  (value) => {
    const errors = fits(value);
    return errors.length > 0 ? errors : rules(value as T);
  };

/** Empty means: the body is a CoordinationRequest. */
export const validateCoordinationRequest = validate<CoordinationRequest>(fitsRequest, coordinationRequestRules);

export const validateCoordinationParameters = validate<CoordinationParameters>(fitsParameters, parameterRules);

export const validatePortfolioState = validate<PortfolioState>(fitsPortfolioState, portfolioStateRules);

/** Empty means: the body is a RebalanceRequest with the portfolio that it is for. */
export const validateQueuedRebalanceRequest = validate<RebalanceRequest>(
  validatorOf(queuedRebalanceRequestSchema),
  targetRules,
);

export const validateReplayRequest = validate<ReplayRequest>(fitsReplay, replayRules);

/** Empty means: the body is a list of CoordinationRequests. Pointers begin with the place in the list. */
export function validateBatch(body: unknown): readonly FieldError[] {
  const accepted = `a list of at most ${BATCH_MAX} coordination requests`;
  if (!Array.isArray(body) || body.length > BATCH_MAX) {
    return [{ pointer: '', message: `expects ${accepted}, found ${found(body)}`, accepted }];
  }
  const errors: FieldError[] = [];
  for (let i = 0; i < body.length && errors.length < ERRORS_MAX; i++) {
    for (const error of validateCoordinationRequest(body[i]))
      errors.push({ ...error, pointer: `/${i}${error.pointer}` });
  }
  return errors.slice(0, ERRORS_MAX);
}

/** Empty means: the body is a CoordinationResponse. For those who receive one. */
export const validateCoordinationResponse = validatorOf(coordinationResponseSchema);

export const validateImpactRequest = validate<ImpactRequest>(validatorOf(impactRequestSchema), impactRules);

/** Empty means: the body is an ImpactAnswer. For those who receive one. */
export const validateImpactAnswer = validatorOf(impactAnswerSchema);

/** Empty means: the body is a list of instruments, each once. */
export const validateInstruments = validate(validatorOf(instrumentListSchema), instrumentListRules);

/** Empty means: the body is a list of splits and other price adjustments. */
export const validatePriceAdjustments = validate(validatorOf(priceAdjustmentListSchema), priceAdjustmentRules);

/** Empty means: the body gives a reason. */
export const validateRevert = validate(validatorOf(revertRequestSchema), () => []);

/** Empty means: the body is a list of outcomes, at least one. */
export const validateOutcomes = validate(validatorOf(outcomesRequestSchema), outcomesRules);

/** Empty means: the body is a list of fills, at least one. */
export const validateFills = validate(validatorOf(fillsRequestSchema), fillsRules);

/** Empty means: the body says what to cancel. */
export const validateCancel = validate(validatorOf(cancelRequestSchema), cancelRules);

/** Empty means: the body tells prices, each instrument once. */
export const validateMarketUpdate = validate(validatorOf(marketUpdateSchema), marketUpdateRules);
