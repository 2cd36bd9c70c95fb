// The house rules as a pure function over the files: which rooms import which, and what no file may hold.
// docs/architecture.md tells the reason of each room; the table here is what binds.

/** Source text by path relative to the repository, with forward slashes. */
export type SourceFiles = ReadonlyMap<string, string>;

/** What each room may import besides itself and core. The outermost two rows are lists of what is left. */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  data: [],
  engine: [],
  models: ['engine'],
  features: ['data', 'engine'],
  graph: ['engine'],
  cluster: ['engine', 'graph'],
  methods: ['data', 'engine', 'models', 'features', 'graph', 'cluster'],
  score: ['data'],
  run: ['data', 'cluster', 'methods', 'score'],
  review: ['run', 'graph', 'cluster'],
  export: ['run', 'review', 'data'],
  api: ['run', 'review', 'export', 'methods', 'data'],
  'studio/server': ['run', 'review', 'export', 'score', 'methods'],
  'studio/web': [],
  cli: [
    'data',
    'engine',
    'models',
    'features',
    'graph',
    'cluster',
    'methods',
    'score',
    'run',
    'review',
    'export',
    'api',
    'studio/server',
  ],
};

/** The library's public face: the one file that stands in no room, and the only barrel. */
const FACE = 'src/index.ts';
const LONGEST_FILE = 400;
/** The door to all labels, and what stands behind it: one file a format. */
const LABELS = 'src/data/labels/labels.ts';
const LABELS_OF_FORMATS = 'src/data/labels/';

interface Import {
  readonly from: string;
  readonly specifier: string;
  readonly typeOnly: boolean;
  /** A file named by its address, as a worker is: the rooms bind it, but it is no cycle of modules. */
  readonly address: boolean;
}

/** One sentence for each broken rule, naming the files (and rooms) that break it. */
export function findViolations(files: SourceFiles): string[] {
  const violations: string[] = [];
  const importsOf = new Map<string, Import[]>();
  for (const [path, text] of files) {
    if (text.split('\n').length - (text.endsWith('\n') ? 1 : 0) > LONGEST_FILE) {
      violations.push(`${path} is longer than ${LONGEST_FILE} lines`);
    }
    if (!path.startsWith('src/')) continue;
    const code = withoutComments(text);
    importsOf.set(path, importsIn(path, code));
    violations.push(...forbiddenWords(path, code));
  }
  for (const imports of importsOf.values()) {
    for (const each of imports) violations.push(...brokenImport(each, files));
  }
  return [...violations, ...cycles(importsOf, files), ...innerCycles(importsOf, files)];
}

/** The room of a file of src/: its folder, or null for the public face. */
export function roomOf(path: string): string | null {
  if (path === FACE) return null;
  const [, folder, inner] = path.split('/');
  return folder === 'studio' ? `studio/${inner}` : folder;
}

function brokenImport({ from, specifier, typeOnly }: Import, files: SourceFiles): string[] {
  if (!specifier.startsWith('.')) return [];
  // The page's own looks.
  if (specifier.endsWith('.css')) return [];
  const to = targetOf(from, specifier, files);
  if (!files.has(to)) return [`${from} imports ${specifier}, which is not there`];
  const [room, target] = [roomOf(from), roomOf(to)];
  const found: string[] = [];
  if (to === LABELS && room !== 'score') found.push(`${from} imports ${to}: only src/score/ may read labels`);
  if (to !== LABELS && to.startsWith(LABELS_OF_FORMATS) && !from.startsWith(LABELS_OF_FORMATS)) {
    found.push(`${from} imports ${to}: only ${LABELS} may read the labels of a format`);
  }
  if (target === null) return [...found, `${from} imports ${FACE}: only other programs may`];
  if (room === null || room === target) return found;
  const allowed = ROOMS[room];
  if (allowed === undefined) return [...found, `${from} stands in room ${room}, which is not in the table`];
  // The page runs in a browser: of other rooms it may know the shapes of records and nothing that runs.
  if (room === 'studio/web' && typeOnly) return found;
  if (target === 'core' || allowed.includes(target)) return found;
  return [...found, `${from} imports ${to}: room ${room} may not import room ${target}`];
}

function forbiddenWords(path: string, code: string): string[] {
  const found: string[] = [];
  // The snippets are programs for other people, as text.
  const mayName = ['src/engine/runtime/session.ts', 'src/export/programs/node.ts'];
  if (code.includes('onnxruntime-node') && !mayName.includes(path)) {
    found.push(`${path} names onnxruntime-node: only src/engine/runtime/session.ts may`);
  }
  if (/\bMath\s*(\.\s*random|\[\s*['"`]random)/.test(code) && path !== 'src/core/random.ts') {
    found.push(`${path} calls Math.random: randomness comes from src/core/random.ts`);
  }
  if (/\bexport\s+default\b|\bas\s+default\b/.test(code)) {
    found.push(`${path} has a default export: exports have names`);
  }
  if (path !== FACE && /\bexport\s+(type\s+)?(\*|\{[^}]*\})(\s+as\s+\w+)?\s*from\b/.test(code)) {
    found.push(`${path} passes on another file's exports: only ${FACE} may`);
  }
  return found;
}

function importsIn(from: string, code: string): Import[] {
  const statements = /\b(?:import|export)\s+(type\s)?[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/g;
  const bare = /\bimport\s*\(?\s*['"]([^'"]+)['"]/g;
  const addresses = /\bnew\s+URL\(\s*['"](\.[^'"]+\.js)['"]\s*,\s*import\.meta\.url/g;
  const plain = { from, typeOnly: false, address: false };
  return [
    ...[...code.matchAll(statements)].map(([, type, specifier]) => ({
      ...plain,
      specifier,
      typeOnly: !!type,
    })),
    ...[...code.matchAll(bare)].map(([, specifier]) => ({ ...plain, specifier })),
    ...[...code.matchAll(addresses)].map(([, specifier]) => ({ ...plain, specifier, address: true })),
  ];
}

/** `./random.js` seen from src/core/x.ts → src/core/random.ts */
function targetOf(from: string, specifier: string, files: SourceFiles): string {
  const folders = from.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') folders.pop();
    else if (part !== '.') folders.push(part);
  }
  const path = folders.join('/').replace(/\.js$/, '.ts');
  return files.has(path) ? path : files.has(`${path}x`) ? `${path}x` : path;
}

/** Each cycle of imports once, from its first file in byte order. */
function cycles(importsOf: ReadonlyMap<string, readonly Import[]>, files: SourceFiles): string[] {
  const found = new Set<string>();
  const finished = new Set<string>();

  function visit(path: string, trail: readonly string[]): void {
    const start = trail.indexOf(path);
    if (start >= 0) {
      found.add(cycleSentence(trail.slice(start)));
      return;
    }
    if (finished.has(path)) return;
    for (const { specifier, address } of importsOf.get(path) ?? []) {
      if (specifier.startsWith('.') && !address) visit(targetOf(path, specifier, files), [...trail, path]);
    }
    finished.add(path);
  }

  for (const path of [...importsOf.keys()].sort()) visit(path, []);
  return [...found];
}

/** Inner rooms that wait for each other, whatever files tie them: each pair of neighbours in one folder once. */
function innerCycles(importsOf: ReadonlyMap<string, readonly Import[]>, files: SourceFiles): string[] {
  const reached = new Map<string, Set<string>>();
  for (const { from, specifier } of [...importsOf.values()].flat()) {
    if (!specifier.startsWith('.')) continue;
    const [own, other] = neighbours(from, targetOf(from, specifier, files));
    if (own !== null && other !== null) reached.set(own, (reached.get(own) ?? new Set()).add(other));
  }
  const isReached = (to: string, from: string, seen = new Set([from])): boolean =>
    [...(reached.get(from) ?? [])].some(
      (next) => next === to || (!seen.has(next) && isReached(to, next, seen.add(next))),
    );
  const pairs = [...reached].flatMap(([own, others]) =>
    [...others].filter((other) => isReached(own, other)).map((other) => [own, other].sort().join(' and ')),
  );
  return [...new Set(pairs)].map((pair) => `inner rooms ${pair} import each other`);
}

/** The folders in which two files lie where their ways part inside a room; null for one that lies there itself. */
function neighbours(from: string, to: string): readonly [string | null, string | null] {
  const [own, other] = [from.split('/'), to.split('/')];
  const parted = own.findIndex((name, at) => name !== other[at]);
  const insideRoom = parted >= (own[1] === 'studio' ? 3 : 2);
  const folder = (names: string[]) =>
    insideRoom && names.length > parted + 1 ? names.slice(0, parted + 1).join('/') : null;
  return [folder(own), folder(other)];
}

function cycleSentence(cycle: readonly string[]): string {
  const first = cycle.indexOf([...cycle].sort()[0]);
  const turned = [...cycle.slice(first), ...cycle.slice(0, first)];
  return `import cycle: ${[...turned, turned[0]].join(' → ')}`;
}

/** The text with comments blanked, so that a comment may name what code may not; strings are kept. */
function withoutComments(text: string): string {
  const token = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
  return text.replace(token, (found) => (found.startsWith('/*') || found.startsWith('//') ? ' ' : found));
}
