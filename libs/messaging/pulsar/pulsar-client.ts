/**
 * The part of the package `pulsar-client` that is used here, as its own types have it. The package is optional: its binary
 * cannot be had everywhere.
 */
export interface PulsarClientModule {
  readonly Client: {
    new (config: ClientConfig): PulsarClient;
    /** of all clients of the process */
    setLogHandler(log: (level: number, file: string, line: number, message: string) => void): void;
  };
  readonly AuthenticationToken: new (config: { readonly token: string }) => object;
  readonly MessageId: { latest(): object };
}

interface ClientConfig {
  readonly serviceUrl: string;
  readonly operationTimeoutSeconds: number;
  readonly authentication?: object;
}

export interface PulsarClient {
  createProducer(config: ProducerConfig): Promise<PulsarProducer>;
  subscribe(config: ConsumerConfig): Promise<PulsarConsumer>;
  createReader(config: ReaderConfig): Promise<PulsarReader>;
  close(): Promise<unknown>;
}

interface ProducerConfig {
  readonly topic: string;
  readonly producerName?: string;
  readonly accessMode?: 'ExclusiveWithFencing';
  readonly sendTimeoutMs: number;
  readonly blockIfQueueFull: boolean;
  readonly batchingEnabled: boolean;
  readonly compressionType: 'ZSTD';
}

export interface PulsarProducer {
  /** resolves to the message's id */
  send(message: {
    readonly data: Buffer;
    readonly partitionKey: string;
    readonly properties: Record<string, string>;
    readonly sequenceId?: number;
  }): Promise<{ toString(): string }>;
  close(): Promise<unknown>;
}

interface ConsumerConfig {
  readonly topic: string;
  readonly subscription: string;
  readonly subscriptionType: 'KeyShared';
  readonly receiverQueueSize: number;
}

interface PulsarConsumer {
  /** rejects once it is closed */
  receive(): Promise<PulsarMessage>;
  acknowledge(message: PulsarMessage): Promise<unknown>;
  negativeAcknowledge(message: PulsarMessage): void;
  close(): Promise<unknown>;
}

interface ReaderConfig {
  readonly topic: string;
  readonly startMessageId: object;
  readonly receiverQueueSize: number;
  readonly listener: (message: PulsarMessage) => void;
}

interface PulsarReader {
  close(): Promise<unknown>;
}

export interface PulsarMessage {
  getPartitionKey(): string;
  getProperties(): Readonly<Record<string, string>>;
  getData(): Buffer;
}

/** of its levels 0 debug, 1 information, 2 warning, 3 error */
const WARNING = 2;

/**
 * The package, or why it cannot be used.
 *
 * @param onTrouble gets what it would otherwise write to standard output
 */
export async function loadPulsarClient(
  onTrouble: (sentence: string) => void,
  specifier = 'pulsar-client',
): Promise<PulsarClientModule | Error> {
  try {
    const loaded = (await import(specifier)) as { readonly default?: PulsarClientModule } & PulsarClientModule;
    const pulsar = loaded.default ?? loaded;
    pulsar.Client.setLogHandler((level, _file, _line, message) => {
      if (level >= WARNING) onTrouble(message);
    });
    return pulsar;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
