import { OperatorError } from '#platform';
import { openPulsar } from './open-pulsar.js';

const options = { producerName: 'spec', clientUrl: '', webSocketUrl: 'ws://127.0.0.1:1' };

describe('openPulsar', () => {
  it('takes the WebSocket API where that alone is given', async () => {
    const { bus, fallback } = await openPulsar(options);
    expect([bus.transport, fallback]).toEqual(['pulsar-websocket', null]);
    await expect(bus.publish({ topic: 't', key: 'k', payload: '1' })).rejects.toThrow(/ECONNREFUSED/);
    await bus.close();
  });

  it('says why the official client is not used', async () => {
    const { bus, fallback } = await openPulsar({
      ...options,
      clientUrl: 'pulsar://127.0.0.1:1',
      clientPackage: 'no-such-package',
    });
    expect(bus.transport).toBe('pulsar-websocket');
    expect(fallback).toMatch(/^the package pulsar-client does not load \(.*no-such-package.*WebSocket API is used$/);
    await bus.close();
  });

  it('refuses where the official client is the only way, and does not load', async () => {
    const opening = openPulsar({
      ...options,
      clientUrl: 'pulsar://127.0.0.1:1',
      webSocketUrl: '',
      clientPackage: 'no-such',
    });
    await expect(opening).rejects.toThrow(OperatorError);
    await expect(opening).rejects.toThrow(/Set PULSAR_WEBSOCKET_URL, such as ws:\/\/host:8080, to go without it\.$/);
  });
});
