// The commands and the words that follow them, once: the parser and the help read this.
interface Positional {
  readonly name: string;
  readonly required: boolean;
  /** May it be given several times? Only the last one may. */
  readonly many?: boolean;
  readonly help: string;
}

interface Command {
  readonly summary: string;
  readonly positionals: readonly Positional[];
  readonly example: string;
}

const SOURCE: Positional = {
  name: 'SOURCE',
  required: true,
  many: true,
  help: 'folders of pictures, archives of them (.zip, .tar, .tar.gz), IDX, .npy, .npz, .csv or .parquet files',
};

const RUN: Positional = { name: 'RUN', required: true, help: 'a run folder, such as runs/autoencoder-1' };

const ROWS = {
  train: {
    summary: 'find the kinds in SOURCE and write a run folder',
    positionals: [{ ...SOURCE, required: false, help: `${SOURCE.help} (default: the bundled MNIST)` }],
    example: 'kindred train scans/ --tag run1 --num-clusters 20',
  },
  predict: {
    summary: 'kind, name and confidence of new images',
    positionals: [RUN, SOURCE],
    example: 'kindred predict runs/run1 new-scans/ --out kinds.csv',
  },
  eval: {
    summary: 'accuracy, NMI, ARI and confusion against labels',
    positionals: [RUN, { ...SOURCE, required: false, help: 'labelled images (default: those of the run)' }],
    example: 'kindred eval runs/run1',
  },
  grow: {
    summary: 'a new dataset meets an old run: known kinds, new kinds, changed kinds; writes a new run',
    positionals: [RUN, SOURCE],
    example: 'kindred grow runs/run1 new-scans/ --tag run2',
  },
  refine: {
    summary: "a new run that learns from a person's edits of RUN",
    positionals: [RUN],
    example: 'kindred refine runs/run1 --tag run2',
  },
  export: {
    summary: "the run in other people's formats",
    positionals: [RUN],
    example: 'kindred export runs/run1 --to folders --out sorted',
  },
  studio: {
    summary: 'a local page to look at a run, name its kinds, correct them and hand them on',
    positionals: [{ ...RUN, required: false }],
    example: 'kindred studio runs/run1',
  },
  runs: {
    summary: 'what has been run, one line each, newest last',
    positionals: [],
    example: 'kindred runs --log-dir runs',
  },
  bench: {
    summary: 'the classic and kin over several seeds, beside published figures',
    positionals: [
      {
        name: 'SOURCE',
        required: false,
        help: 'an IDX file of images, or a directory that holds one (default: the bundled MNIST)',
      },
    ],
    example: 'kindred bench /usr/share/datasets/fashion-mnist --seeds 3 --quality fast',
  },
} as const satisfies Readonly<Record<string, Command>>;

export type CommandName = keyof typeof ROWS;
export const COMMANDS: Readonly<Record<CommandName, Command>> = ROWS;
export const COMMAND_NAMES = Object.keys(ROWS) as readonly CommandName[];

export function isCommandName(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}

/** `kindred predict RUN SOURCE [flags]` */
export function usageOf(name: CommandName): string {
  const words = COMMANDS[name].positionals.map(({ name, required, many }) => {
    const word = many ? `${name}…` : name;
    return required ? word : `[${word}]`;
  });
  return ['kindred', name, ...words, '[flags]'].join(' ');
}
