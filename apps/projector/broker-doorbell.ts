import { Controller, type DynamicModule, Inject, Module } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { LOG_ADVANCED_TOPIC } from '#messaging';
import type { EventLog } from './projector-adapters.js';

/** Rings whoever follows the log, beside the store's own ring. The store is what they read. */
export class BrokerDoorbell {
  private readonly listeners = new Set<() => void>();

  ring(): void {
    for (const listener of this.listeners) listener();
  }

  /** The same log, that rings for both. */
  on(log: EventLog): EventLog {
    return {
      readLog: (after, limit) => log.readLog(after, limit),
      lastPosition: () => log.lastPosition(),
      onSequenced: (listener) => {
        const silence = log.onSequenced(listener);
        this.listeners.add(listener);
        return () => {
          silence();
          this.listeners.delete(listener);
        };
      },
    };
  }
}

const DOORBELL = Symbol('DOORBELL');

@Controller()
class BrokerDoorbellController {
  constructor(@Inject(DOORBELL) private readonly doorbell: BrokerDoorbell) {}

  @EventPattern(LOG_ADVANCED_TOPIC)
  advanced(): void {
    this.doorbell.ring();
  }
}

@Module({})
export class BrokerDoorbellModule {
  static register(doorbell: BrokerDoorbell): DynamicModule {
    return {
      module: BrokerDoorbellModule,
      controllers: [BrokerDoorbellController],
      providers: [{ provide: DOORBELL, useValue: doorbell }],
    };
  }
}
