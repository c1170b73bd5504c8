import { closeInOrder } from './stop-on-signals.js';

describe('closeInOrder', () => {
  it('closes each after the one before, a failing one included, and tells the first failure', async () => {
    const closed: string[] = [];
    const resource = (name: string, failure?: string) => ({
      close: async () => {
        await new Promise((done) => setTimeout(done, 5));
        closed.push(name);
        if (failure !== undefined) throw new Error(failure);
      },
    });
    const closing = closeInOrder([resource('app', 'first'), resource('store', 'second'), resource('database')]);
    await expect(closing).rejects.toThrow('first');
    expect(closed).toEqual(['app', 'store', 'database']);
  });
});
