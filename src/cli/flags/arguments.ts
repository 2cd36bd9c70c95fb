// The words after a command → flags and positionals. Every flag may be written `--flag=value` or
// `--flag value`, in kebab-case or, as the classic did, in snake_case. A loop of our own rather than
// node:util's parseArgs, which has no numbers, no booleans with values, and speaks of its own rules.
import type { ReadingOptions } from '../../api/options.js';
import { closest } from '../../core/closest.js';
import { InputError } from '../../core/errors.js';
import { COMMANDS, type CommandName, usageOf } from '../commands.js';
import { type FlagValue, isTruth, readFlagValue, shown, wantedSentence } from './flag-values.js';
import { type FlagName, type FlagValues, flagNamed, flagsOf, isFlagName } from './flags.js';

export interface CommandLine {
  readonly flags: FlagValues;
  /** The words that are no flags, as many as the command takes. */
  readonly positionals: readonly string[];
}

/** What a command's function gets. It prints its result on stdout, and throws where it cannot. */
export interface CommandContext extends CommandLine {
  /** The words after `kindred` as they were typed: the run card keeps them. */
  readonly argv: readonly string[];
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Reads the words after `kindred COMMAND`. Throws an InputError with one sentence for the first fault. */
export function parseArguments(command: CommandName, words: readonly string[]): CommandLine {
  const given = new Map<FlagName, { text: string; value: FlagValue }>();
  const positionals: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index];
    if (word === '--') {
      positionals.push(...words.slice(index + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      positionals.push(word);
      continue;
    }
    const equals = word.indexOf('=');
    const name = knownFlag(command, equals < 0 ? word : word.slice(0, equals));
    let text = word.slice(equals + 1);
    if (equals < 0) {
      const next: string | undefined = words[index + 1];
      const takesNext = flagNamed(name).kind === 'boolean' ? isTruth(next ?? '') : isValue(next);
      if (takesNext) index += 1;
      text = takesNext ? next : bareValue(name);
    }
    const earlier = given.get(name);
    const value = readFlagValue(name, text);
    if (earlier === undefined) given.set(name, { text, value });
    else if (flagNamed(name).kind === 'texts') {
      given.set(name, {
        text,
        value: [...(earlier.value as readonly string[]), ...(value as readonly string[])],
      });
    } else {
      throw new InputError(`--${name} is given twice: ${shown(earlier.text)} and ${shown(text)}. Keep one.`);
    }
  }
  checkPositionals(command, positionals);
  const flags = Object.fromEntries([...given].map(([name, { value }]) => [name, value])) as FlagValues;
  return { flags, positionals };
}

/** Can the word follow a flag as its value? `-1` can, so that the range is what gets named; `--tag` cannot. */
function isValue(word: string | undefined): boolean {
  return word !== undefined && (!word.startsWith('-') || /^-[\d.]/.test(word));
}

function bareValue(name: FlagName): string {
  if (flagNamed(name).kind === 'boolean') return 'true';
  throw new InputError(`--${name} has no value. ${wantedSentence(name)}`);
}

function knownFlag(command: CommandName, word: string): FlagName {
  const name = word.replace(/^--?/, '').replaceAll('_', '-');
  if (word.startsWith('--') && isFlagName(name)) {
    const { commands } = flagNamed(name);
    if (commands.includes(command)) return name;
    const owners = commands.map((owner) => `kindred ${owner}`).join(' and ');
    throw new InputError(`--${name} is a flag of ${owners}, not of kindred ${command}. Leave it out.`);
  }
  const suggestion = closest(name, flagsOf(command));
  const remedy =
    suggestion === null ? `Run kindred ${command} --help to see its flags.` : `Did you mean --${suggestion}?`;
  throw new InputError(`${shown(word)} is not a flag of kindred ${command}. ${remedy}`);
}

function checkPositionals(command: CommandName, words: readonly string[]): void {
  const wanted = COMMANDS[command].positionals;
  const extra = words[wanted.length];
  if (extra !== undefined && !wanted.at(-1)?.many) {
    throw new InputError(`${shown(extra)} is one word too many. Write ${usageOf(command)}.`);
  }
  wanted.forEach(({ name, required }, index) => {
    if (words[index] === undefined && required) {
      throw new InputError(`kindred ${command} got no ${name}. Write ${usageOf(command)}.`);
    }
    if (words[index]?.trim() === '') throw new InputError(`${name} is empty. Write ${usageOf(command)}.`);
  });
}

/** What the flags about reading ask the library for; `auto` and nothing leave it open. */
export function readingOptions(flags: FlagValues): ReadingOptions {
  const { size, color, polarity, framing, exclude } = flags;
  const { 'max-megapixels': megapixels, 'max-file-mb': megabytes, 'max-expansion': expansion } = flags;
  return {
    size: size === 'auto' ? undefined : size,
    color,
    polarity: polarity === 'auto' ? undefined : polarity,
    framing: framing === 'auto' ? undefined : framing,
    limits: {
      pixels: megapixels && megapixels * 1e6,
      fileBytes: megabytes && megabytes * 2 ** 20,
      expansion,
      exclude,
    },
  };
}
