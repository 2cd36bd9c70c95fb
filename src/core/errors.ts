// The two ways a run ends that are nobody's bug. Everything else keeps its stack.

/** An option that a message names. A program knows it by this name, the command line by a flag. */
export interface OptionName {
  readonly option: string;
}

/** A message whose options are named by whoever shows it. */
export interface Words {
  readonly parts: readonly (string | OptionName)[];
}

/** An option, by the name that the library's options have: `numClusters`, `limits.pixels`. */
export function option(name: string): OptionName {
  return { option: name };
}

/** A template of text, numbers, options, and such templates. */
export function words(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | OptionName | Words)[]
): Words {
  const parts = strings.flatMap((text, at) => {
    const value = values[at];
    if (value === undefined) return [text];
    if (typeof value === 'object') return [text, ...('parts' in value ? value.parts : [value])];
    return [text, String(value)];
  });
  return { parts };
}

/** The text, with each option as `call` calls it. */
function written({ parts }: Words, call: (option: string) => string): string {
  return parts.map((part) => (typeof part === 'string' ? part : call(part.option))).join('');
}

/**
 * Bad input: an option, a file or a combination that a person can put right.
 * The message is one sentence saying what, where, and what to do; the command line prints it alone, with flags for
 * options, and exits with 2.
 */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly code = 'ERR_KINDRED_INPUT';
  /** The option that it is about, the first that it names; null where it names none. */
  readonly option: string | null;
  readonly #words: Words;

  constructor(message: string | Words, options?: ErrorOptions) {
    const said = typeof message === 'string' ? { parts: [message] } : message;
    super(
      written(said, (name) => name),
      options,
    );
    this.#words = said;
    this.option = said.parts.find((part) => typeof part === 'object')?.option ?? null;
  }

  /** The message, with each option as `call` calls it. */
  worded(call: (option: string) => string): string {
    return written(this.#words, call);
  }
}

/** Throws a RangeError that names the first of these numbers that counts nothing: each is a whole number, 1 or more. */
export function requireCounts(counts: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(counts)) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new RangeError(`${name} is ${value}: it must be a whole number, 1 or more`);
  }
}

/** The person asked to stop (Ctrl-C, an aborted signal). The command line exits with 130. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  readonly code = 'ERR_KINDRED_INTERRUPTED';
}
