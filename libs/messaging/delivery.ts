import type { MessageHandler, ReceivedMessage, SubscribeOptions } from './message-bus.js';

export const DELIVERIES_MAX = 5;
export const REDELIVERY_MS = 100;
const HANDLER_MS_MAX = 60_000;

/** FAILED: as often as it may; INTERRUPTED: nobody wants to know any more. */
export type Delivery = 'HANDLED' | 'FAILED' | 'INTERRUPTED';

/**
 * Gives a message to its handler until that is content. The next message of the consumer waits meanwhile: a broker that
 * brings a message again brings it after those that it has sent already, and the order of the key is gone.
 */
export async function deliver(
  message: Omit<ReceivedMessage, 'delivery'>,
  handler: MessageHandler,
  options: SubscribeOptions,
  interrupted: AbortSignal,
): Promise<Delivery> {
  const { deliveriesMax = DELIVERIES_MAX, redeliveryMs = REDELIVERY_MS } = options;
  for (let delivery = 1; ; delivery++) {
    try {
      await handleInTime(handler, { ...message, delivery }, options);
      return 'HANDLED';
    } catch {
      if (delivery >= deliveriesMax) return 'FAILED';
      await pause(redeliveryMs * 2 ** (delivery - 1), interrupted);
      if (interrupted.aborted) return 'INTERRUPTED';
    }
  }
}

export async function handleInTime(
  handler: MessageHandler,
  message: ReceivedMessage,
  { handlerMsMax = HANDLER_MS_MAX }: SubscribeOptions,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`The handler took more than ${handlerMsMax} ms.`)), handlerMsMax);
  });
  await Promise.race([handler(message), late]).finally(() => clearTimeout(timer));
}

/** Resolves after the time, or at once when it is interrupted. */
export async function pause(ms: number, interrupted: AbortSignal): Promise<void> {
  if (interrupted.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      interrupted.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    interrupted.addEventListener('abort', done);
  });
}
