import type { OutgoingMessage, PublishOutcome } from '../message-bus.js';
import type { PulsarProducer } from './pulsar-client.js';
import { propertiesOf } from './pulsar-messages.js';

/** Publishes to one topic through the client, in the order of the calls. */
export class ClientProducer {
  private tail: Promise<unknown> = Promise.resolve();
  /** how often something failed */
  private failures = 0;
  private producer: PulsarProducer | null = null;
  private closed = false;

  constructor(private readonly open: () => Promise<PulsarProducer>) {}

  async publish(message: OutgoingMessage): Promise<PublishOutcome> {
    const failuresBefore = this.failures;
    const sending = this.tail.then(() => this.send(message, failuresBefore));
    this.tail = sending.catch(() => undefined);
    return wasDropped(await (await sending).id) ? 'DUPLICATE' : 'STORED';
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.tail;
    await this.producer?.close().catch(() => undefined);
  }

  /** Resolves when it is on its way. */
  private async send(
    message: OutgoingMessage,
    failuresBefore: number,
  ): Promise<{ readonly id: Promise<{ toString(): string }> }> {
    if (this.closed) throw new Error('The message bus is closed.');
    // what failed must not be overtaken: the topic would drop it when it is published again
    if (this.failures !== failuresBefore) throw new Error('A message before it was not published.');
    try {
      const producer = (this.producer ??= await this.open());
      const id = producer.send({
        data: Buffer.from(message.payload, 'utf8'),
        partitionKey: message.key,
        properties: propertiesOf(message),
        ...(message.sequenceId === undefined ? {} : { sequenceId: Number(message.sequenceId) }),
      });
      id.catch(() => void this.fail(producer));
      return { id };
    } catch (error) {
      this.failures++;
      throw error;
    }
  }

  /** One that failed, or was fenced by another of its name, is of no further use. */
  private async fail(producer: PulsarProducer): Promise<void> {
    this.failures++;
    if (this.producer !== producer) return;
    this.producer = null;
    await producer.close().catch(() => undefined);
  }
}

/** A message id shows as (ledger, entry, partition, batch index); of a dropped duplicate the ledger is -1. */
function wasDropped(id: { toString(): string }): boolean {
  return id.toString().startsWith('(-1,');
}
