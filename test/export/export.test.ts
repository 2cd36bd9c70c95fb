// kindred export, each format read back by the program that people read it with.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { chromium as browsers } from 'playwright-core';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { openJournal } from '#kindred/review/journal/journal.js';
import { readAssignments, readKinds, writeKinds } from '#kindred/run/files/artefacts.js';
import { readRunCard } from '#kindred/run/files/card.js';
import { parseCsv } from '#kindred/run/files/csv.js';
import { encodeZip } from '../support/archives.js';
import { type Ended, runKindred } from '../support/command-line.js';
import { sharedFolder } from '../support/folders.js';
import { encodeDigits, firstDigits } from '../support/mnist.js';
import {
  chromium,
  hasChromium,
  hasLabelStudio,
  hasPython,
  python,
  runLabelStudio,
  runPython,
} from '../support/peers.js';
import { trained } from '../support/runs.js';

/** Names that no file system, and no careless writer, would take as they are. */
const NAMES = ['a/b: "c"', '..', 'fünf, 5', 'con', '<b>&amp;</b>', 'same', 'same'];

const cwd = sharedFolder();
const digits = firstDigits('train', 240);
let run: string;
let scans: string;

beforeAll(async () => {
  writeFileSync(join(cwd, 'digits'), encodeDigits(digits));
  mkdirSync(join(cwd, 'scans', 'inner'), { recursive: true });
  const files = [];
  for (let image = 0; image < 60; image++) {
    const pixels = digits.pixels.subarray(image * 784, (image + 1) * 784);
    const bytes = await sharp(pixels, { raw: { width: 28, height: 28, channels: 1 } })
      .png()
      .toBuffer();
    const name = image % 2 === 0 ? `inner/${image}.png` : `scan ${image - 1}.png`;
    writeFileSync(join(cwd, 'scans', image % 10 === 0 ? `inner/${image}.PNG` : name), bytes);
    files.push({ name, bytes });
  }
  writeFileSync(join(cwd, 'scans.zip'), encodeZip(files));
  const few = '--method kmeans --num-clusters 7 --restarts 1 --threads 1';
  run = await trained(cwd, 'digits', `digits ${few}`);
  scans = await trained(cwd, 'scans', `scans ${few}`);
  await trained(cwd, 'zipped', `scans.zip ${few}`);
  for (const folder of [run, scans]) {
    writeKinds(
      folder,
      readKinds(folder).map((kind, at) => ({ ...kind, name: NAMES[at] })),
    );
  }
});

async function exported(name: string, line: string): Promise<string> {
  const end = await runKindred(['export', `runs/${name}`, ...line.split(' ')], { cwd });
  if (end.code !== 0) throw new Error(`kindred export ${line} ended with ${end.code}: ${end.stderr}`);
  const path = end.stdout.slice(0, end.stdout.lastIndexOf(': '));
  expect(end.stdout).toMatch(/: (240|60) images of 7 kinds\n$/);
  return join(cwd, path);
}

function records(folder: string) {
  const { ids, assignment, confidence } = readAssignments(folder);
  const kinds = readKinds(folder);
  return ids.map((id, at) => ({
    id,
    cluster: assignment[at],
    name: kinds[assignment[at]].name,
    confidence: confidence[at],
    known: assignment[at] >= 0,
  }));
}

describe('onnx', () => {
  it.skipIf(!hasPython('onnxruntime', 'numpy'))(
    'runs in Python and in Node by its own programs',
    async () => {
      const folder = await exported('digits', '--to onnx');
      expect(readdirSync(folder).sort()).toEqual(
        [
          'README.md',
          'classifier.onnx',
          'encoder.onnx',
          'examples.npy',
          'labels.json',
          'predict.mjs',
          'predict.py',
        ].sort(),
      );
      const card = readFileSync(join(folder, 'README.md'), 'utf8');
      for (const [program, file] of [
        [python, 'predict.py'],
        [process.execPath, 'predict.mjs'],
      ]) {
        const text = readFileSync(join(folder, file), 'utf8');
        expect(text.trimEnd().split('\n').length, file).toBeLessThan(180);
        expect(card).toContain(file === 'predict.py' ? text : `node ${file} FILE_OR_FOLDER`);
        if (file === 'predict.mjs' && !existsSync(join(cwd, 'node_modules'))) {
          symlinkSync(join(process.cwd(), 'node_modules'), join(cwd, 'node_modules'));
        }
        const { stdout, stderr } = spawnSync(program, [join(folder, file)], { cwd, encoding: 'utf8' });
        const wanted = records(run)
          .slice(0, 16)
          .map(({ name, confidence }) => ({ name, confidence }));
        const found = stdout
          .trimEnd()
          .split('\n')
          .map((line) => line.split('\t'));
        expect(
          found.map(([name]) => name),
          stderr,
        ).toEqual(wanted.map(({ name }) => name));
        found.forEach(([, confidence], at) => {
          expect(Math.abs(Number(confidence) - wanted[at].confidence)).toBeLessThan(1e-3);
        });
      }
      expect(card).toContain(readRunCard(run).data.sha256);
    },
  );

  it.skipIf(!hasPython('onnx'))('names its producer and kinds, and imports what its nodes use', async () => {
    const folder = await exported('digits', '--to onnx --out named');
    const program = `
import json, sys, onnx
for name in ['classifier.onnx', 'encoder.onnx']:
  model = onnx.load(f'{sys.argv[1]}/{name}')
  onnx.checker.check_model(model)
  used = {node.domain for node in model.graph.node}
  print(json.dumps([model.producer_name, model.producer_version,
    {each.key: each.value for each in model.metadata_props}['kindred.kinds'],
    sorted(each.domain for each in model.opset_import) == sorted(used | {''})]))`;
    const kinds = JSON.stringify(readKinds(run).map(({ name }) => name));
    const lines = execFileSync(python, ['-c', program, folder], { encoding: 'utf8' }).trim().split('\n');
    for (const line of lines)
      expect(JSON.parse(line)).toEqual(['kindred', readRunCard(run).version, kinds, true]);
    expect(lines).toHaveLength(2);
  });
});

describe('tables', () => {
  it('say the same as CSV and as Parquet', async () => {
    const wanted = records(run);
    const [header, ...rows] = parseCsv(
      readFileSync(await exported('digits', '--to csv'), 'utf8'),
      'kinds.csv',
    );
    expect(header).toEqual(['id', 'cluster', 'name', 'confidence', 'known']);
    expect(rows.map(([id, cluster, name]) => ({ id, cluster: Number(cluster), name }))).toEqual(
      wanted.map(({ id, cluster, name }) => ({ id, cluster, name })),
    );
    const file = await asyncBufferFromFile(await exported('digits', '--to parquet'));
    expect(await parquetReadObjects({ file })).toEqual(wanted);
  });

  it.skipIf(!hasPython('pandas', 'pyarrow'))('are read by pandas and pyarrow', async () => {
    const csv = await exported('digits', '--to csv --out a.csv');
    const parquet = await exported('digits', '--to parquet --out a.parquet');
    const program = `
import json, sys, pandas, pyarrow.parquet
csv = pandas.read_csv(sys.argv[1], keep_default_na=False, dtype={'id': str})
table = pyarrow.parquet.read_table(sys.argv[2])
assert [str(field.type) for field in table.schema] == ['string', 'int32', 'string', 'float', 'bool'], table.schema
parquet = table.to_pandas()
for column in ['id', 'cluster', 'name']: assert (csv[column] == parquet[column]).all(), column
print(json.dumps(parquet[['id', 'cluster', 'name']].to_dict('records')))`;
    expect(JSON.parse(runPython(program, csv, parquet))).toEqual(
      records(run).map(({ id, cluster, name }) => ({ id, cluster, name })),
    );
  });
});

describe('coco', () => {
  it.skipIf(!hasPython('pycocotools'))('is read by pycocotools', async () => {
    const path = await exported('scans', '--to coco');
    const program = `
import contextlib, io, json, sys
from pycocotools.coco import COCO
with contextlib.redirect_stdout(io.StringIO()): coco = COCO(sys.argv[1])
rows = []
for image in coco.loadImgs(coco.getImgIds()):
    [annotation] = coco.loadAnns(coco.getAnnIds(imgIds=image['id']))
    [category] = coco.loadCats(annotation['category_id'])
    rows.append([image['file_name'], image['width'], image['height'], category['name'], annotation['bbox']])
print(json.dumps(rows))`;
    const names = ['a/b: "c"', '..', 'fünf, 5', 'con', '<b>&amp;</b>', 'same (5)', 'same (6)'];
    expect(JSON.parse(runPython(program, path))).toEqual(
      records(scans).map(({ id, cluster }) => [id, 28, 28, names[cluster], [0, 0, 28, 28]]),
    );
  });
});

describe('folders', () => {
  const manifestOf = (folder: string) =>
    parseCsv(readFileSync(join(folder, 'manifest.csv'), 'utf8'), 'manifest.csv').slice(1);

  it.each(['copy', 'hard', 'symbolic'])('of scans, by %s', async (link) => {
    const folder = await exported('scans', `--to folders --link ${link} --out by-${link}`);
    const rows = manifestOf(folder);
    expect(rows.map(([id]) => id)).toEqual(records(scans).map(({ id }) => id));
    for (const [id, file] of rows) {
      const [original, made] = [join(cwd, 'scans', id), join(folder, file)];
      expect(readFileSync(made).equals(readFileSync(original))).toBe(true);
      if (link === 'symbolic') expect(readlinkSync(made)).toBe(original);
      expect(lstatSync(made).isSymbolicLink()).toBe(link === 'symbolic');
      expect(statSync(made).ino === statSync(original).ino).toBe(link !== 'copy');
    }
    const kinds = readdirSync(folder).filter((name) => name !== 'manifest.csv');
    for (const name of kinds) expect(name).toMatch(/^[^<>:"/\\|?*]+$/);
    expect(kinds).not.toContain('con');
    expect(new Set(rows.map(([, file]) => file.toLowerCase())).size).toBe(60);
  });

  it.skipIf(!hasPython('sklearn'))(
    'of an array and an archive are pictures that scikit-learn finds',
    async () => {
      const program = `
import json, sys
from sklearn.datasets import load_files
found = load_files(sys.argv[1], load_content=True)
print(json.dumps([len(found.filenames), len(found.target_names), all(data[:4] == b'\\x89PNG' for data in found.data)]))`;
      const array = await exported('digits', '--to folders');
      const used = new Set(records(run).map(({ cluster }) => cluster)).size;
      expect(JSON.parse(runPython(program, array))).toEqual([240, used, true]);
      const raw = await sharp(join(array, manifestOf(array)[7][1]))
        .toColourspace('b-w')
        .raw()
        .toBuffer();
      expect(Buffer.from(digits.pixels.subarray(7 * 784, 8 * 784)).equals(raw)).toBe(true);
      const zipped = await exported('zipped', '--to folders');
      expect(JSON.parse(runPython(program, zipped))[0]).toBe(60);
    },
  );
});

describe('labelstudio', () => {
  it.skipIf(!hasLabelStudio())("is valid by Label Studio's own SDK", async () => {
    const program = `
import json, sys
from label_studio_sdk.label_interface import LabelInterface
from urllib.parse import unquote
interface = LabelInterface(open(sys.argv[1] + '/config.xml', encoding='utf-8').read())
tasks = json.load(open(sys.argv[1] + '/tasks.json', encoding='utf-8'))
for task in tasks:
    interface.validate_task({'data': task['data']})
    for prediction in task['predictions']: assert interface.validate_prediction(prediction), prediction
print(json.dumps([[task['data']['id'], unquote(task['data']['image']), task['predictions'][0]['result'][0]['value']['choices'][0]] for task in tasks]))`;
    const names = ['a/b: "c"', '..', 'fünf, 5', 'con', '<b>&amp;</b>', 'same (5)', 'same (6)'];
    const rows = JSON.parse(
      runLabelStudio(program, await exported('scans', '--to labelstudio --image-root /files/')),
    ) as string[][];
    expect(rows).toEqual(records(scans).map(({ id, cluster }) => [id, `/files/${id}`, names[cluster]]));
    const arrays = JSON.parse(
      runLabelStudio(program, await exported('digits', '--to labelstudio')),
    ) as string[][];
    for (const [, image] of arrays) expect(image).toMatch(/^data:image\/png;base64,/);
  });
});

describe('html', () => {
  it.skipIf(!hasChromium())('shows every kind, filters by name and loads nothing', async () => {
    const path = await exported('digits', '--to html');
    const browser = await browsers.launch({ executablePath: chromium, args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage();
      const requests: string[] = [];
      const errors: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      page.on('console', (message) => errors.push(message.text()));
      page.on('pageerror', (error) => errors.push(error.message));
      await page.goto(`file://${path}`);
      expect(await page.locator('h2').allTextContents()).toEqual([
        'a/b: "c"',
        '..',
        'fünf, 5',
        'con',
        '<b>&amp;</b>',
        'same (5)',
        'same (6)',
      ]);
      const sizes = await page
        .locator('section img')
        .evaluateAll((images) =>
          images.map((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
        );
      expect(sizes).toHaveLength(new Set(records(run).map(({ cluster }) => cluster)).size);
      for (const size of sizes) expect(size).toBeGreaterThan(20);
      await page.getByRole('searchbox').fill('SAME');
      expect(await page.locator('h2:visible').allTextContents()).toEqual(['same (5)', 'same (6)']);
      expect(requests.filter((url) => !url.startsWith('data:') && url !== `file://${path}`)).toEqual([]);
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});

describe('a target', () => {
  const attempt = (line: string): Promise<Ended> => runKindred(line.split(' '), { cwd });

  it('that is there is left alone, unless it is to be replaced', async () => {
    writeFileSync(join(cwd, 'mine.csv'), 'my work');
    const { code, stderr } = await attempt('export runs/digits --to csv --out mine.csv');
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('mine.csv exists already'),
    });
    expect(readFileSync(join(cwd, 'mine.csv'), 'utf8')).toBe('my work');
    await exported('digits', '--to csv --out mine.csv --overwrite');
    expect(readFileSync(join(cwd, 'mine.csv'), 'utf8')).toContain('id,cluster');
  });

  it.each([
    ['export runs/digits', 'got no format. Add --to onnx'],
    ['export runs/digits --to excel', '--to is "excel". Choose onnx, csv'],
    ['export runs/none --to csv', 'There is no run at runs/none'],
    ['export', 'got no RUN'],
    ['export runs/digits --to csv --link hard', '--link is about --to folders'],
    ['export runs/digits --to csv --image-root x', '--image-root is about --to labelstudio'],
    ['export runs/digits --to folders --link hard --out linked', '--link hard needs pictures that are files'],
    ['export runs/digits --to csv --out digits/inside.csv', 'cannot be written'],
    ['export runs/digits --to csv --format json', '--format is a flag of kindred predict'],
  ])('%s: one sentence, nothing left', async (line, sentence) => {
    const before = readdirSync(cwd);
    const { code, stdout, stderr } = await attempt(line);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(sentence);
    expect(readdirSync(cwd)).toEqual(before);
  });

  it('needs the images where it shows them, and says so when they are gone', async () => {
    renameSync(join(cwd, 'scans'), join(cwd, 'elsewhere'));
    try {
      const { code, stderr } = await attempt('export runs/scans --to coco --out gone.json');
      expect(code).toBe(2);
      expect(stderr).toMatch(/The run's images at .+scans are gone: put them back/);
      expect(readdirSync(join(cwd)).filter((name) => name.startsWith('gone'))).toEqual([]);
      await exported('scans', '--to onnx --out without-examples');
      expect(existsSync(join(cwd, 'without-examples', 'examples.npy'))).toBe(false);
    } finally {
      renameSync(join(cwd, 'elsewhere'), join(cwd, 'scans'));
    }
  });
});

describe('a run that a person has edited', () => {
  it('is exported as it is after the edits, and its classifier under the names of now', async () => {
    await trained(cwd, 'edited', 'digits --method kmeans --num-clusters 3 --restarts 1 --threads 1');
    const folder = join(cwd, 'runs', 'edited');
    const before = readAssignments(folder).assignment;
    const journal = openJournal(folder);
    const moved = before.indexOf(1);
    journal.append({ do: 'name', kind: 0, name: 'nought' });
    journal.append({ do: 'merge', kinds: [2], into: 0 });
    journal.append({ do: 'move', images: `${moved}`, to: 'new' });
    const end = await runKindred(['export', 'runs/edited', '--to', 'csv'], { cwd });
    expect(end.stdout).toMatch(/240 images of 3 kinds/);
    const [, ...rows] = parseCsv(readFileSync(join(folder, 'export/kinds.csv'), 'utf8'), 'kinds.csv');
    const names = rows.map(([, , name]) => name);
    const wanted = [...before].map((kind) => (kind === 1 ? journal.state.kinds[1].name : 'nought'));
    wanted[moved] = 'kind-3';
    expect(names).toEqual(wanted);
    expect(rows[moved][3]).toBe('1.0000');
    await runKindred(['export', 'runs/edited', '--to', 'onnx'], { cwd });
    const labels = JSON.parse(readFileSync(join(folder, 'export/onnx/labels.json'), 'utf8'));
    expect(labels).toEqual(['nought', journal.state.kinds[1].name, 'nought']);
    await runKindred(['export', 'runs/edited', '--to', 'folders'], { cwd });
    expect(readdirSync(join(folder, 'export/folders')).sort()).toEqual(
      [journal.state.kinds[1].name, 'kind-3', 'manifest.csv', 'nought'].sort(),
    );
  });
});
