import { Inject, Injectable } from '@nestjs/common';
import { schemaVersionOf } from '#contracts';
import { type ConfigurationEvent, configurationStream } from '#domain';
import type { IdempotencyRecord } from '#event-store';
import { appendOrShed } from '../append-outcome.js';
import type { CommandAnswer } from '../command-answer.js';
import { type CommandStore, EVENT_STORE } from '../command-adapters.js';
import { type CommandContext, eventMetadata } from '../command-context.js';
import type { IdempotencyClaim } from '../idempotency/idempotency.js';
import { type Configuration, configurationRow } from './configuration-record.js';

/** Appends one event to a configuration's stream together with its row. */
@Injectable()
export class ChangeConfiguration {
  constructor(@Inject(EVENT_STORE) private readonly store: CommandStore) {}

  /** 0 where there is no such configuration */
  async versionOf(configName: string): Promise<number> {
    const [newest] = await this.store.readStream(configurationStream(configName), { direction: 'BACKWARDS', limit: 1 });
    return newest?.version ?? 0;
  }

  /** @returns null where another write got the version first */
  async append(
    event: ConfigurationEvent,
    configuration: Configuration,
    status: number,
    context: CommandContext,
    claim?: IdempotencyClaim,
  ): Promise<CommandAnswer<Configuration> | IdempotencyRecord | null> {
    const headers = { location: `/configurations/${configuration.config_name}` };
    const answer = { status, headers, body: configuration };
    const outcome = await appendOrShed(this.store, {
      streams: [
        {
          stream: configurationStream(configuration.config_name),
          expectedVersion: configuration.version - 1,
          events: [{ ...event, schemaVersion: schemaVersionOf(event.type) }],
        },
      ],
      metadata: eventMetadata(context),
      rows: { configuration: configurationRow(configuration) },
      ...(claim ? { idempotency: { ...claim, response: answer } } : {}),
    });
    if (outcome.kind === 'VERSION_CONFLICT') return null;
    return outcome.kind === 'IDEMPOTENT_REPEAT' ? outcome.record : { ...answer, position: outcome.position };
  }
}
