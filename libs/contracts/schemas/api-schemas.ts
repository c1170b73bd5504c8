import { configurationSchema } from './configuration.js';
import { batchRequestSchema } from './coordination-request.js';
import { coordinationResponseListSchema } from './coordination-response.js';
import {
  cancelRequestSchema,
  executionAnswerSchema,
  executionSchema,
  fillsRequestSchema,
  marketUpdateSchema,
} from './execution.js';
import { impactAnswerSchema, impactRequestSchema } from './impact.js';
import { barImportSchema, instrumentListSchema, priceAdjustmentListSchema } from './instruments.js';
import {
  accuracySchema,
  attributionSchema,
  coordinationOutcomesSchema,
  learnedStateListSchema,
  sourceListSchema,
} from './outcome-answers.js';
import { learningReportSchema, outcomesReceiptSchema, outcomesRequestSchema, revertRequestSchema } from './outcomes.js';
import { portfolioStateSchema } from './portfolio-state.js';
import { problemDocumentSchema } from './problem-document.js';
import { coordinationRecordSchema, decisionRecordSchema, performanceRowSchema } from './query-responses.js';
import { queuedRebalanceRequestSchema, rebalanceListSchema, rebalanceReceiptSchema } from './rebalance.js';
import { replayJobSchema, replayRequestSchema } from './replay.js';
import { riskModelBuildSchema, riskModelListSchema, riskModelRecordSchema } from './risk-model.js';
import { withReferences } from './with-references.js';

const BASE = '#/components/schemas/';

/** The named schemas of the API description; their titled parts come along. */
export const API_SCHEMAS: Readonly<Record<string, object>> = withReferences(
  [
    batchRequestSchema,
    coordinationResponseListSchema,
    configurationSchema,
    portfolioStateSchema,
    instrumentListSchema,
    priceAdjustmentListSchema,
    barImportSchema,
    coordinationRecordSchema,
    decisionRecordSchema,
    performanceRowSchema,
    impactRequestSchema,
    impactAnswerSchema,
    fillsRequestSchema,
    accuracySchema,
    attributionSchema,
    coordinationOutcomesSchema,
    sourceListSchema,
    learnedStateListSchema,
    learningReportSchema,
    outcomesReceiptSchema,
    revertRequestSchema,
    outcomesRequestSchema,
    cancelRequestSchema,
    marketUpdateSchema,
    executionSchema,
    executionAnswerSchema,
    problemDocumentSchema,
    queuedRebalanceRequestSchema,
    rebalanceReceiptSchema,
    rebalanceListSchema,
    replayRequestSchema,
    replayJobSchema,
    riskModelBuildSchema,
    riskModelRecordSchema,
    riskModelListSchema,
  ],
  BASE,
);

export type ApiSchemaName =
  | 'CoordinationRecord'
  | 'CoordinationRequest'
  | 'CoordinationRequestList'
  | 'CoordinationResponse'
  | 'CoordinationResponseList'
  | 'CoordinationParameters'
  | 'Configuration'
  | 'CancelRequest'
  | 'Execution'
  | 'ExecutionAnswer'
  | 'FillsRequest'
  | 'Accuracy'
  | 'Attribution'
  | 'CoordinationOutcomes'
  | 'SourceList'
  | 'LearnedStateList'
  | 'LearningReport'
  | 'OutcomesReceipt'
  | 'RevertRequest'
  | 'OutcomesRequest'
  | 'ImpactAnswer'
  | 'ImpactRequest'
  | 'MarketUpdate'
  | 'PortfolioState'
  | 'InstrumentList'
  | 'PriceAdjustmentList'
  | 'BarImport'
  | 'DecisionRecord'
  | 'PerformanceRow'
  | 'Problem'
  | 'QueuedRebalanceRequest'
  | 'RebalanceList'
  | 'RebalanceReceipt'
  | 'RebalanceRecord'
  | 'ReplayRequest'
  | 'ReplayJob'
  | 'RiskModelBuild'
  | 'RiskModelList'
  | 'RiskModelRecord';

/** For the decorators of a controller: `@ApiBody({ schema: schemaReference('CoordinationRequest') })`. */
export const schemaReference = (name: ApiSchemaName): { readonly $ref: string } => ({ $ref: `${BASE}${name}` });
