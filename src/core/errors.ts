// The two ways a run ends that are nobody's bug. Everything else keeps its stack.

/**
 * Bad input: a flag, a file or a combination that a person can put right.
 * The message is one sentence saying what, where, and what to do; the command line prints it alone and
 * exits with 2.
 */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** The person asked to stop (Ctrl-C, an aborted signal). The command line exits with 130. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}
