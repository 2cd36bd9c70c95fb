// The command line's door: which command, its help, and what each way of ending looks like from outside.
// A command's module is loaded when it is called, so that --help and --version load nothing heavy.
import { closest } from '../core/closest.js';
import { InputError, InterruptedError } from '../core/errors.js';
import { VERSION } from '../run/files/machine.js';
import { COMMAND_NAMES, type CommandName, isCommandName } from './commands.js';
import { type CommandContext, parseArguments } from './flags/arguments.js';
import { shown } from './flags/flag-values.js';
import { flagOf } from './flags/flags.js';
import { commandHelp, overview } from './help.js';

/**
 * Runs the command line `kindred …argv`. Never throws: exit code 0 done, 1 our failure (with a stack), 2 bad
 * input (one line on stderr), 130 interrupted.
 */
export async function main(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', endQuietlyWhenClosed);
  process.stderr.on('error', ignoreWhenClosed);
  try {
    await dispatch(argv);
  } catch (error) {
    const { code, text } = await ending(error);
    process.exitCode = code;
    // Workers or an open file may still hold the process: it ends once the line is out.
    process.stderr.write(text, () => process.exit(code));
  }
}

async function dispatch(argv: readonly string[]): Promise<void> {
  const [first, ...words] = argv;
  if (first === undefined || first === '--help' || first === '-h') {
    process.stdout.write(overview());
  } else if (first === '--version') {
    process.stdout.write(`${VERSION}\n`);
  } else if (!isCommandName(first)) {
    throw new InputError(`${shown(first)} is not a command. ${commandRemedy(first)}`);
  } else if (asksForHelp(words)) {
    process.stdout.write(commandHelp(first));
  } else {
    const commandLine = parseArguments(first, words);
    await BEGIN[first]({ ...commandLine, argv, signal: signalOfInterrupts() });
  }
}

const BEGIN: Readonly<Record<CommandName, (context: CommandContext) => Promise<void>>> = {
  train: async (context) => (await import('./commands/train.js')).train(context),
  predict: async (context) => (await import('./commands/predict.js')).predict(context),
  eval: async (context) => (await import('./commands/eval.js')).evaluate(context),
  grow: async (context) => (await import('./commands/grow.js')).growCommand(context),
  refine: async (context) => (await import('./commands/refine.js')).refine(context),
  export: async (context) => (await import('./commands/export.js')).exportCommand(context),
  studio: async (context) => (await import('./commands/studio.js')).studio(context),
  runs: async (context) => (await import('./commands/runs.js')).runs(context),
  bench: async (context) => (await import('./commands/bench.js')).bench(context),
};

function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return words.slice(0, end < 0 ? words.length : end).some((word) => word === '--help' || word === '-h');
}

function commandRemedy(word: string): string {
  if (word.startsWith('-')) return `A command comes first: kindred train ${word}.`;
  const suggestion = closest(word, COMMAND_NAMES);
  return suggestion === null
    ? `Choose ${COMMAND_NAMES.slice(0, -1).join(', ')} or ${COMMAND_NAMES.at(-1)}.`
    : `Did you mean kindred ${suggestion}?`;
}

/** The first Ctrl-C (or SIGTERM) asks the command to stop and keep what is done; the second ends at once. */
function signalOfInterrupts(): AbortSignal {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  return controller.signal;
}

async function ending(error: unknown): Promise<{ code: number; text: string }> {
  if (error instanceof InputError) return { code: 2, text: `kindred: ${oneLine(error.worded(flagOf))}\n` };
  if (error instanceof InterruptedError) return { code: 130, text: `kindred: ${oneLine(error.message)}\n` };
  const { isDiskFault, reasonOf } = await import('../run/files/system-error.js');
  if (isDiskFault(error)) {
    const what = error.path === undefined ? 'The result' : error.path;
    const text = `kindred: ${what} cannot be written (${reasonOf(error)}): nothing was replaced; make room, or write elsewhere.\n`;
    return { code: 1, text };
  }
  return { code: 1, text: `${error instanceof Error ? error.stack : String(error)}\n` };
}

function oneLine(message: string): string {
  return message.replace(/\s*\n\s*/g, ' ');
}

/** `kindred predict … | head` closes our stdout early: that is no failure. */
function endQuietlyWhenClosed(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit();
  throw error;
}

function ignoreWhenClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
