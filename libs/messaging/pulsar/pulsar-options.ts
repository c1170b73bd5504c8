/** What both ways to a Pulsar broker need to know. */
export interface PulsarOptions {
  /** `ws://host:8080` or `wss://...` for the WebSocket API, `pulsar://host:6650` or `pulsar+ssl://...` for the client */
  readonly url: string;
  /** default `public/default` */
  readonly namespace?: string;
  /** a JSON web token, where the broker asks for one */
  readonly token?: string;
  /**
   * Under what name messages with a sequence id are published: the broker drops repeats by producer and id, and lets one
   * of a name at a time write to a topic.
   */
  readonly producerName: string;
  /** something that goes on by itself, such as a connection that was lost */
  readonly onTrouble?: (sentence: string) => void;
}

export const DEFAULT_NAMESPACE = 'public/default';

/** messages that a consumer holds ahead of the one it is at */
export const RECEIVER_QUEUE = 100;

/** the broker's time to take a message */
export const SEND_TIMEOUT_MS = 30_000;
