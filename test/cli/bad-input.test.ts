// Bad input of every flag and every kind of file: exit code 2, one line that says what is wrong and what to
// do, nothing on stdout, and not a file made or changed anywhere.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeRunCard } from '#kindred/run/files/card.js';
import { runKindred } from '../support/command-line.js';
import { encodeIdx, encodeLabels, patternImages } from '../support/idx.js';
import { exampleCard } from '../support/run-card.js';

const workshop = mkdtempSync(join(tmpdir(), 'kindred-bad-input-'));
const files = join(workshop, 'files');
let before: Map<string, string>;

/** Every path below the folder, with its bytes: what must be the same afterwards. */
function contents(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path, entry.isFile() ? readFileSync(path, 'base64') : 'folder'];
    }),
  );
}

function put(path: string, bytes: Uint8Array | string): void {
  mkdirSync(join(files, path, '..'), { recursive: true });
  writeFileSync(join(files, path), bytes);
}

beforeAll(() => {
  const good = patternImages(31);
  const magic = (value: number) => {
    const bytes = Buffer.from(good);
    bytes.writeUInt32BE(value, 0);
    return bytes;
  };
  put('good', good);
  put('labels', encodeLabels(1, 2, 3));
  put('truncated', good.subarray(0, good.length - 1));
  put('header-only', good.subarray(0, 10));
  put('trailing', Buffer.concat([good, Buffer.of(0)]));
  put('wrong-magic', magic(0x89504e47));
  put('float-idx', magic(0x00000d03));
  put('two-dimensions', encodeIdx([3, 4], new Uint8Array(12)));
  put('no-images', encodeIdx([0, 2, 3], new Uint8Array(0)));
  put('two-channels', encodeIdx([2, 2, 2, 2], new Uint8Array(16)));
  put('empty', '');
  put('text', 'these are no images\n');
  put('not-gzip.gz', good);
  put('cut.gz', gzipSync(good).subarray(0, 40));
  mkdirSync(join(files, 'empty-directory'));
  put('no-idx/readme.txt', 'nothing here');
  put('test-only/t10k-images-idx3-ubyte', good);
  put('two-sets/train-images-idx3-ubyte', good);
  put('two-sets/emnist-train-images-idx3-ubyte', good);
  put('shapes/train-images-idx3-ubyte', good);
  put('shapes/t10k-images-idx3-ubyte', patternImages(5, 3, 3));
  put('cut-data/train-images-idx3-ubyte', good.subarray(0, 100));
  put('runs/text/run.json', 'this is no card');
  put('runs/other/run.json', '{"name": "another program"}');
  put('runs/newer/run.json', JSON.stringify({ ...exampleCard(), format: 99 }));
  put('runs/damaged/run.json', JSON.stringify({ ...exampleCard(), k: 'ten' }));
  put('runs/not-a-run/readme.txt', 'a folder');
  mkdirSync(join(files, 'runs/unfinished'));
  writeRunCard(join(files, 'runs/unfinished'), exampleCard({ tag: 'unfinished', finished: false }));
  mkdirSync(join(files, 'runs/taken'));
  writeRunCard(join(files, 'runs/taken'), exampleCard({ tag: 'taken' }));
  before = contents(files);
});

afterAll(() => rmSync(workshop, { recursive: true, force: true }));

// `@` stands for the folder of the files above. Every command that trains is told to train little, so that a
// fault that is not found costs seconds and not minutes.
const cases: [string, string][] = [
  // Commands and words.
  ['trian', 'Did you mean kindred train?'],
  ['--steps=5', 'A command comes first'],
  ['train @/good more', 'There is no file or directory more'],
  ['predict', 'got no RUN'],
  ['predict @/runs/taken', 'got no SOURCE'],
  ['eval', 'got no RUN'],
  ['runs all', 'one word too many'],
  ['train --stepz 5', 'Did you mean --steps?'],
  ['runs --steps 5', '--steps is a flag of kindred train'],
  // Every flag of train.
  ['train @/good --method umap', '--method is "umap"'],
  ['train --data-dir=', '--data-dir is empty'],
  ['train --data-dir @/text', 'is a file'],
  ['train --data-dir @/no-idx', 'holds no IDX images'],
  ['train --data-dir @/cut-data', 'is cut short'],
  ['train @/good --data-dir @/shapes', 'both name images'],
  ['train @/good --log-dir', '--log-dir has no value'],
  ['train @/good --log-dir @/text --steps 1 --batch-size 4', 'cannot be made'],
  ['train @/good --log-dir @/text/inside --steps 1 --batch-size 4', 'cannot be made'],
  ['train @/good --tag a/b', 'has a path separator'],
  ['train @/good --tag ..', 'is a directory reference'],
  ['train @/good --tag taken --log-dir @/runs --steps 1', 'exists already'],
  ['train @/good --tag not-a-run --log-dir @/runs --overwrite --steps 1', 'is not a kindred run'],
  ['train @/good --tb-embedding=perhaps', '--tb-embedding is "perhaps"'],
  ['train @/good --learning-rate 0', '--learning-rate is 0'],
  ['train @/good --learning-rate=fast', '--learning-rate is "fast"'],
  ['train @/good --encoding-size 0', '--encoding-size is 0'],
  ['train @/good --steps -5', '--steps is -5'],
  ['train @/good --steps 1e99', '--steps is 1e99'],
  ['train @/good --num-clusters 1', '--num-clusters is 1'],
  [
    'train @/good --num-clusters 40 --steps 1 --batch-size 4',
    '--num-clusters is 40 but there are 31 images. Choose 31 or fewer.',
  ],
  ['train @/good --convolution=maybe', '--convolution is "maybe"'],
  ['train @/good --hidden 500,x', '--hidden is "500,x"'],
  ['train @/good --hidden 5 --convolution', '--hidden is for dense layers'],
  ['train @/good --optimizer adamw', '--optimizer is "adamw"'],
  ['train @/good --tied --convolution', '--tied is for dense layers'],
  ['train @/good --batch-size 0', '--batch-size is 0'],
  ['train @/good --seed 4294967296', '--seed is 4294967296'],
  ['train @/good --threads 0', '--threads is 0'],
  ['train @/good --threads 8 --batch-size 4', '--threads is 8 but --batch-size is 4'],
  ['train @/good --distance manhattan', '--distance is "manhattan"'],
  ['train @/good --mini-batch 0', '--mini-batch is 0'],
  ['train @/good --restarts none', '--restarts is "none"'],
  ['train --resume', '--resume got no --tag'],
  ['train --resume --tag taken --overwrite', '--resume goes on with a run and --overwrite throws it away'],
  ['train --resume --tag taken --seed 5 --log-dir @/runs', '--seed is 5, but run taken began with 1'],
  [
    'train --resume --tag taken --convolution --log-dir @/runs',
    '--convolution is true, but run taken began with false',
  ],
  [
    'train --resume --tag taken --num-clusters 5 --log-dir @/runs',
    '--num-clusters is 5, but run taken began with 10',
  ],
  [
    'train --resume --tag taken --exclude x --log-dir @/runs',
    '--exclude is x, but run taken began with none',
  ],
  [
    'train --resume --tag taken --tb-embedding --log-dir @/runs',
    '--tb-embedding is true, but run taken began with false',
  ],
  [
    'train --resume --tag taken --quality best --log-dir @/runs',
    '--quality is best, but run taken began with none',
  ],
  ['train --resume --tag taken --features @/gone --log-dir @/runs', 'own images and vectors'],
  ['train @/good --resume --tag taken --log-dir @/runs', "--resume goes on with the run's own images"],
  [
    'train --data-dir @/good --resume --tag taken --log-dir @/runs',
    "--resume goes on with the run's own images",
  ],
  ['train --resume --tag gone --log-dir @/runs', 'There is no run gone'],
  ['train --resume --tag not-a-run --log-dir @/runs', 'is not a run'],
  [
    'train --resume --tag taken --steps 5 --threads 1 --log-dir @/runs',
    '--threads is 1, but run taken began with 2',
  ],
  ['train --resume --tag taken --log-dir @/runs', 'is finished'],
  ['train --overwrite', '--overwrite got no --tag'],
  ['train --json=please', '--json is "please"'],
  // Every kind of file as SOURCE.
  ['train @/gone', 'There is no file or directory'],
  ['train @/empty-directory', 'holds no pictures: put PNG'],
  ['train @/test-only', 'holds test images only'],
  ['train @/two-sets', 'more than one set'],
  ['train @/shapes', 'images of one shape'],
  ['train @/labels', 'holds labels'],
  ['train @/truncated', 'is cut short'],
  ['train @/header-only', 'is cut short'],
  ['train @/trailing', 'has bytes after its end'],
  ['train @/wrong-magic', 'is in no format that kindred reads'],
  ['train @/float-idx', '32-bit floats'],
  ['train @/two-dimensions', '2 dimensions'],
  ['train @/no-images', 'holds 0 images'],
  ['train @/two-channels', '2 channels'],
  ['train @/empty', 'is empty'],
  ['train @/text', 'is in no format that kindred reads'],
  ['train @/not-gzip.gz', 'is called .gz'],
  ['train @/cut.gz', 'is cut short'],
  // Run folders, and what predict and eval take.
  ['predict @/gone @/good', 'There is no run'],
  ['predict @/good @/good', 'is a file, not a run'],
  ['predict @/runs/not-a-run @/good', 'is not a run'],
  ['predict @/runs/text @/good', 'is not valid JSON'],
  ['predict @/runs/other @/good', 'is not a run card'],
  ['predict @/runs/newer @/good', 'newer kindred'],
  ['predict @/runs/damaged @/good', 'is damaged at k'],
  ['predict @/runs/unfinished @/good', 'is not finished'],
  ['predict @/runs/taken @/gone', '@/'],
  ['predict @/runs/taken @/good --format xml', '--format is "xml"'],
  ['predict @/runs/taken @/good --out @/runs', 'which is a directory'],
  ['predict @/runs/taken @/good --threads many', '--threads is "many"'],
  ['eval @/runs/not-a-run', 'is not a run'],
  ['eval @/runs/unfinished', 'is not finished'],
  ['eval @/runs/taken @/gone', '@/'],
  ['eval @/runs/taken --json=2', '--json is 2'],
  ['runs --log-dir @/text', 'The log directory'],
];

describe('bad input', () => {
  it.concurrent.each(cases)('kindred %s', async (line, sentence) => {
    const words = line.split(' ').map((word) => word.replace('@', files));
    const cwd = mkdtempSync(join(workshop, 'cwd-'));
    const { code, stdout, stderr } = await runKindred(words, { cwd });
    expect(stderr).toMatch(/^kindred: [^\n]+[.?]\n$/);
    expect(stderr).toContain(sentence.replace('@', files));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe('afterwards', () => {
  it('no file is new, gone or changed', () => {
    expect(contents(files)).toEqual(before);
  });
});
