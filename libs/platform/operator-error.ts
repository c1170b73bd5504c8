/** Something only the operator can mend (a server down, a folder in use): the message is one sentence to show, without a stack. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
}
