// What --help prints, and the flags table of README: both written from the table of flags.
import { COMMAND_NAMES, COMMANDS, type CommandName, usageOf } from './commands.js';
import { FLAG_NAMES, flagNamed, flagsOf, spelled } from './flags/flags.js';

const WIDTH = 100;

/** `kindred --help` */
export function overview(): string {
  const commands = COMMAND_NAMES.map((name) => [usageOf(name), COMMANDS[name].summary] as const);
  return `kindred finds the kinds in a pile of unlabelled images.

Commands:
${twoColumns(commands)}

kindred COMMAND --help   what a command takes
kindred --version        the version

Try: kindred train       the kinds of handwritten digits in the bundled MNIST
`;
}

/** `kindred COMMAND --help` */
export function commandHelp(command: CommandName): string {
  const { summary, positionals, example } = COMMANDS[command];
  const words = positionals.map(({ name, help }) => [name, help] as const);
  const flags = flagsOf(command).map((name) => {
    const flag = flagNamed(name);
    return [
      spelled(name),
      flag.kind === 'boolean' ? flag.help : `${flag.help} (default: ${flag.default})`,
    ] as const;
  });
  return `${usageOf(command)}
  ${summary}

${twoColumns([...words, ...flags, ['--help', 'this text']])}

A value follows after a space or =; snake_case spellings (--log_dir) work too.
Example: ${example}
`;
}

/** README's section on commands and flags, in Markdown. */
export function flagsTableMarkdown(): string {
  const commands = COMMAND_NAMES.map((name) => `| \`${usageOf(name)}\` | ${COMMANDS[name].summary} |`);
  const flags = FLAG_NAMES.map((name) => {
    const { commands: owners, default: standard, help } = flagNamed(name);
    return `| \`${spelled(name)}\` | ${owners.join(', ')} | ${standard} | ${help} |`;
  });
  return [
    '| command | what it does |',
    '|---|---|',
    ...commands,
    '',
    '| flag | of | default | meaning |',
    '|---|---|---|---|',
    ...flags,
  ].join('\n');
}

/** Rows of a term and its text; the text is wrapped to the width and hangs in its column. */
function twoColumns(rows: readonly (readonly [string, string])[]): string {
  const termWidth = Math.max(...rows.map(([term]) => term.length)) + 2;
  return rows
    .map(([term, text]) => {
      const lines = wrapped(text, WIDTH - 2 - termWidth);
      return lines.map((line, index) => `  ${(index === 0 ? term : '').padEnd(termWidth)}${line}`).join('\n');
    })
    .join('\n');
}

function wrapped(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1];
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
