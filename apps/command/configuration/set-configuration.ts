import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CoordinationParameters } from '#domain';
import { withRetries } from '../append-outcome.js';
import type { CommandAnswer } from '../command-answer.js';
import type { CommandContext } from '../command-context.js';
import { Idempotency } from '../idempotency/idempotency.js';
import { ChangeConfiguration } from './change-configuration.js';
import { type Configuration, configurationEvent } from './configuration-record.js';

/** Makes or replaces a named configuration, and enables it. */
export class SetConfiguration extends Command<CommandAnswer<Configuration>> {
  constructor(
    readonly configName: string,
    readonly parameters: CoordinationParameters,
    readonly context: CommandContext,
    readonly idempotencyKey?: string,
  ) {
    super();
  }
}

@CommandHandler(SetConfiguration)
export class SetConfigurationHandler implements ICommandHandler<SetConfiguration> {
  constructor(
    private readonly change: ChangeConfiguration,
    private readonly idempotency: Idempotency,
  ) {}

  execute(command: SetConfiguration): Promise<CommandAnswer<Configuration>> {
    const { configName, parameters, context, idempotencyKey } = command;
    return this.idempotency.run<Configuration>({
      scope: `${context.actor} PUT /configurations/${configName}`,
      key: idempotencyKey,
      requestBody: parameters,
      eventOf: configurationEvent,
      write: (claim) =>
        withRetries(async () => {
          const version = (await this.change.versionOf(configName)) + 1;
          const data = { config_name: configName, version, parameters };
          const body = { config_name: configName, version, enabled: true, coordination_parameters: parameters };
          const status = version === 1 ? 201 : 200;
          return this.change.append({ type: 'configuration_set', data }, body, status, context, claim);
        }),
    });
  }
}
