import { Inject, Injectable } from '@nestjs/common';
import {
  type ConfigurationSet,
  type CoordinateCommand,
  type CoordinationCompleted,
  type CoordinationRequested,
  configurationStream,
  coordinationStream,
  isRejection,
  type NamedInputs,
  parseConfigurationVersion,
  recallCommand,
} from '#domain';
import { type CommandStore, EVENT_STORE } from '../command-adapters.js';
import { LearnedStates } from '../learning/learned-states.js';
import { MarketModelArchive } from './market-model-archive.js';

/** A coordination as the log has it: everything it was decided from, and what was decided. */
export interface RecalledCoordination {
  readonly command: CoordinateCommand;
  readonly completed: CoordinationCompleted['data'];
}

/** Gathers what a recorded coordination was decided from, from the log alone. */
@Injectable()
export class RecallCoordination {
  constructor(
    @Inject(EVENT_STORE) private readonly store: CommandStore,
    private readonly marketModels: MarketModelArchive,
    private readonly learnedStates: LearnedStates,
  ) {}

  /** Null where there is no such coordination. Throws where the log lacks something that the coordination names. */
  async recall(coordinationId: string): Promise<RecalledCoordination | null> {
    const events = await this.store.readStream(coordinationStream(coordinationId));
    const requested = events.find((event) => event.type === 'coordination_requested');
    const completed = events.find((event) => event.type === 'coordination_completed');
    if (requested === undefined || completed === undefined) return null;
    const command = await this.commandOf(requested.data as CoordinationRequested['data']);
    return { command, completed: completed.data as CoordinationCompleted['data'] };
  }

  /** @throws Error where the log lacks something that the inputs name */
  async commandOf(inputs: CoordinationRequested['data']): Promise<CoordinateCommand> {
    const command = recallCommand(inputs, await this.namedBy(inputs));
    if (isRejection(command)) throw new Error(command.message);
    return command;
  }

  private async namedBy(inputs: CoordinationRequested['data']): Promise<NamedInputs> {
    const { config_version, market_model_id, learned_state_id } = inputs;
    const learnedState = await this.learnedStates.find(learned_state_id);
    if (learnedState === undefined) throw lacking(inputs, `the learned state ${learned_state_id}`);
    const marketModel = market_model_id === undefined ? undefined : await this.marketModels.find(market_model_id);
    if (market_model_id !== undefined && marketModel === undefined) {
      throw lacking(inputs, `the market model ${market_model_id}`);
    }
    return {
      ...(config_version === undefined ? {} : { configuration: await this.configuration(inputs, config_version) }),
      ...(marketModel === undefined ? {} : { marketModel }),
      learnedState,
    };
  }

  private async configuration(
    inputs: CoordinationRequested['data'],
    named: string,
  ): Promise<NonNullable<NamedInputs['configuration']>> {
    const { name, version } = parseConfigurationVersion(named);
    const [event] = await this.store.readStream(configurationStream(name), { fromVersion: version, limit: 1 });
    if (event?.version !== version || event.type !== 'configuration_set') {
      throw lacking(inputs, `the configuration ${named}`);
    }
    return { name, version, parameters: (event.data as ConfigurationSet['data']).parameters };
  }
}

const lacking = (inputs: CoordinationRequested['data'], what: string): Error =>
  new Error(`${inputs.coordination_id} was decided with ${what}, which the log does not have`);
