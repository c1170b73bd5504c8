import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ProblemException } from '#platform';
import { withRetries } from '../append-outcome.js';
import type { CommandAnswer } from '../command-answer.js';
import { type CommandStore, EVENT_STORE } from '../command-adapters.js';
import type { CommandContext } from '../command-context.js';
import { Idempotency } from '../idempotency/idempotency.js';
import { ChangeConfiguration } from './change-configuration.js';
import { type Configuration, configurationEvent } from './configuration-record.js';

/** Requests that name the configuration are refused from now on. Setting it again enables it. */
export class DisableConfiguration extends Command<CommandAnswer<Configuration>> {
  constructor(
    readonly configName: string,
    readonly context: CommandContext,
    readonly idempotencyKey?: string,
  ) {
    super();
  }
}

@CommandHandler(DisableConfiguration)
export class DisableConfigurationHandler implements ICommandHandler<DisableConfiguration> {
  constructor(
    private readonly change: ChangeConfiguration,
    private readonly idempotency: Idempotency,
    @Inject(EVENT_STORE) private readonly store: CommandStore,
  ) {}

  execute(command: DisableConfiguration): Promise<CommandAnswer<Configuration>> {
    const { configName, context, idempotencyKey } = command;
    return this.idempotency.run<Configuration>({
      scope: `${context.actor} POST /configurations/${configName}/disable`,
      key: idempotencyKey,
      requestBody: null,
      eventOf: configurationEvent,
      write: (claim) =>
        withRetries(async () => {
          const stored = await this.store.findConfiguration(configName);
          if (stored === null) {
            throw new ProblemException('not-found', { detail: `There is no configuration "${configName}".` });
          }
          // disabling twice makes a second event: the log says that it was asked
          const version = stored.version + 1;
          const data = { config_name: configName, version };
          const body = {
            config_name: configName,
            version,
            enabled: false,
            coordination_parameters: stored.parameters,
          };
          return this.change.append({ type: 'configuration_disabled', data }, body, 200, context, claim);
        }),
    });
  }
}
