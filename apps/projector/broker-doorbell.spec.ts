import type { INestMicroservice } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { firstValueFrom } from 'rxjs';
import { InMemoryMessageBus, LOG_ADVANCED_TOPIC, MessageBusClient, MessageBusServer } from '#messaging';
import { BrokerDoorbell, BrokerDoorbellModule } from './broker-doorbell.js';

describe('the doorbell of the broker', () => {
  it('rings whoever follows the log, as the log itself does, until they leave', async () => {
    const bus = new InMemoryMessageBus();
    const doorbell = new BrokerDoorbell();
    let ringOfTheStore = (): void => undefined;
    let stillListens = true;
    const log = doorbell.on({
      readLog: async () => [],
      lastPosition: async () => 7n,
      onSequenced: (listener) => {
        ringOfTheStore = listener;
        return () => (stillListens = false);
      },
    });
    const module = await Test.createTestingModule({ imports: [BrokerDoorbellModule.register(doorbell)] }).compile();
    const strategy = new MessageBusServer({ bus, subscription: 'projector', durable: false });
    const app: INestMicroservice = module.createNestMicroservice({ strategy, logger: false });
    await app.listen();
    let rings = 0;
    let heard = (): void => undefined;
    const leave = log.onSequenced(() => {
      rings++;
      heard();
    });
    const client = new MessageBusClient(bus);
    const nextRing = new Promise<void>((resolve) => (heard = resolve));
    await firstValueFrom(client.emit(LOG_ADVANCED_TOPIC, { position: '3' }));
    await nextRing;
    ringOfTheStore();
    expect([rings, await log.lastPosition()]).toEqual([2, 7n]);

    leave();
    doorbell.ring();
    expect([rings, stillListens]).toEqual([2, false]);
    await app.close();
    await bus.close();
  });
});
