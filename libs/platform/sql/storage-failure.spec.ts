import { storageFailure } from './storage-failure.js';

const failed = (code: string | undefined, message = 'why, with postgres://user:secret@host') =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

describe('what a client is told of a database that cannot serve', () => {
  it.each([
    ['53100', /disk .* full\. Nothing .* stored/],
    ['53300', /takes no work now \(SQLSTATE 53300\)\. Nothing .* stored/],
    ['28P01', /takes no work now/],
    ['25006', /takes no work now/],
    ['57P01', /went away .* not known: repeat it under the same Idempotency-Key/],
    ['08006', /went away/],
    ['58030', /went away/],
    ['ECONNREFUSED', /does not answer\. .* not known/],
    ['ECONNRESET', /does not answer/],
  ])('%s', (code, said) => {
    expect(storageFailure(failed(code))).toMatch(said);
    expect(storageFailure(failed(code))).not.toContain('secret');
  });

  it.each(['Connection terminated unexpectedly', 'timeout exceeded when trying to connect'])('%s', (message) => {
    expect(storageFailure(failed(undefined, message))).toMatch(/does not answer/);
  });

  it.each([failed('23505'), failed('42601'), failed('57014'), failed(undefined), failed('ENOENT'), 'a text', null])(
    'nothing where it is not to blame: %p',
    (error) => expect(storageFailure(error)).toBeNull(),
  );
});
