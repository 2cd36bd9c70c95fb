// Tables and labels out of public bug reports, tried on the command line.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { readRunCard } from '../../dist/run/files/card.js';
import { unpackCase } from '../support/cases.js';
import { runKindred } from '../support/command-line.js';
import { sharedFolder } from '../support/folders.js';

const cwd = sharedFolder();

async function fast(source: string, tag: string, ...more: string[]) {
  const words = ['train', source, '--tag', tag, '--quality', 'fast', '--num-clusters', '6', ...more];
  const { code, stdout, stderr } = await runKindred(words, { cwd });
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  const folder = join(cwd, 'runs', tag);
  return { stdout, stderr, folder, card: readRunCard(folder) };
}

const SCORED = { k: 6, metrics: { train: { oneToOneAccuracy: 1, labelled: 1 } } };

describe('tables as Excel and others save them (manage-vaccinations #2186, firefly-iii #691, ng-csv #28)', () => {
  beforeAll(() => {
    unpackCase('17-excel-tables', cwd);
  });

  it.each([
    'bom-semicolon',
    'sep-line',
    'windows1252',
    'utf16',
    'backslash',
    'german-header',
    'blank-lines',
    'pipe',
    'named-id',
    'kaggle-id',
  ])('%s.csv is read whole, labels and all', async (name) => {
    const { card, folder } = await fast(`${name}.csv`, name);
    expect(card).toMatchObject(SCORED);
    expect(card.data.count).toBe(60);
    expect(readFileSync(join(folder, 'skipped.csv'), 'utf8').trim().split('\n')).toHaveLength(1);
  });
});

it('the line that Excel wants may stand in quotes', async () => {
  const text = readFileSync(join(cwd, 'sep-line.csv'), 'utf8').replace(/^sep=(.)/i, '"sep=$1"');
  writeFileSync(join(cwd, 'quoted-sep.csv'), text);
  expect((await fast('quoted-sep.csv', 'quoted-sep')).card).toMatchObject(SCORED);
});

it('blanks around the fields are no part of them (daf-dataportal #176)', async () => {
  const text = readFileSync(join(cwd, 'bom-semicolon.csv'), 'utf8');
  writeFileSync(join(cwd, 'padded.csv'), text.replaceAll(';', ' ; ').replaceAll('\n', ' \n'));
  expect((await fast('padded.csv', 'padded')).card).toMatchObject(SCORED);
});

describe('paths as people write them', () => {
  let pictures: string[];

  beforeAll(() => {
    unpackCase('40-shell-glob', cwd);
    pictures = readdirSync(join(cwd, 'pics')).sort();
  });

  const shapeOf = (name: string) => /-(\w+)/.exec(name)?.[1];
  function write(name: string, head: string, rowOf: (picture: string) => string): void {
    writeFileSync(join(cwd, name), `${[head, ...pictures.map(rowOf)].join('\n')}\n`);
  }

  it('blanks around a path or a label are no part of it (fastai #937, pydpiper #374)', async () => {
    write('blanks.csv', 'image path,class name', (name) => ` pics/${name} ,${shapeOf(name)}  `);
    const { card, folder } = await fast('blanks.csv', 'blanks');
    expect(card).toMatchObject(SCORED);
    expect(readFileSync(join(folder, 'assignments.csv'), 'utf8')).toContain(`\npics/${pictures[0]},`);
  });

  it('but a file may be called so', async () => {
    copyFileSync(join(cwd, 'pics', pictures[0]), join(cwd, 'pics', `${pictures[0]} `));
    write('called-so.csv', 'path,label', (name) => `pics/${name},${shapeOf(name)}`);
    const table = readFileSync(join(cwd, 'called-so.csv'), 'utf8');
    writeFileSync(join(cwd, 'called-so.csv'), `${table}"pics/${pictures[0]} ",${shapeOf(pictures[0])}\n`);
    const { card, folder } = await fast('called-so.csv', 'called-so');
    expect(card.data.count).toBe(pictures.length + 1);
    expect(readFileSync(join(folder, 'assignments.csv'), 'utf8')).toContain(`\npics/${pictures[0]} ,`);
  });

  it('file:// names a file (jonaraphael/csv #102)', async () => {
    write(
      'addresses.csv',
      'url,label',
      (name) => `${pathToFileURL(join(cwd, 'pics', name))},${shapeOf(name)}`,
    );
    expect((await fast('addresses.csv', 'addresses')).card).toMatchObject(SCORED);
  });

  it.each([
    [
      'ids without ending, in a folder beside (keras-preprocessing #88)',
      'ids.csv',
      'id,breed label,label',
      (stem: string, kind: string) => `${stem},x,${kind}`,
    ],
    [
      'after a column of numbers (keras-preprocessing #92)',
      'indexed.csv',
      ',filepath,label',
      (stem: string, kind: string) => `${stem.length},pics/${stem}.png,${kind}`,
    ],
    [
      'in capitals (datumaro #151, PyTorch-YOLOv3 #649)',
      'capitals.csv',
      'image,label',
      (stem: string, kind: string) => `${stem.toUpperCase()}.PNG,${kind}`,
    ],
    [
      'a line each, with a label behind a blank',
      'caffe.txt',
      null,
      (stem: string, kind: string) => `pics/${stem}.png ${kind}`,
    ],
    [
      'two columns without names',
      'pairs.csv',
      null,
      (stem: string, kind: string) => `${kind},pics/${stem}.png`,
    ],
  ])('%s', async (_, name, head, rowOf) => {
    const rows = pictures.map((picture) => rowOf(picture.replace(/\.png$/, ''), shapeOf(picture) ?? ''));
    writeFileSync(join(cwd, name), `${[...(head === null ? [] : [head]), ...rows].join('\n')}\n`);
    const { card, folder } = await fast(name, name.replace('.', '-'));
    expect(card).toMatchObject(SCORED);
    // The id is what leads to the picture, so that every export names a file that is there.
    expect(readFileSync(join(folder, 'assignments.csv'), 'utf8')).toContain(`\npics/${pictures[0]},`);
  });

  it('a line each (as food-101’s lists), and names that hold commas', async () => {
    copyFileSync(join(cwd, 'list.txt'), join(cwd, 'lines.txt'));
    expect((await fast('lines.txt', 'lines')).card).toMatchObject({ k: 6, data: { count: 60 } });
    write(
      'stems.txt',
      `pics/${pictures[0].replace('.png', '')}`,
      (name) => `pics/${name.replace('.png', '')}`,
    );
    const { card } = await fast('stems.txt', 'stems');
    expect(card).toMatchObject({ k: 6, data: { count: pictures.length + 1 } });
  });

  it('which of two pictures is meant has to be said', async () => {
    mkdirSync(join(cwd, 'again'), { recursive: true });
    copyFileSync(join(cwd, 'pics', pictures[0]), join(cwd, 'again', pictures[0]));
    write('twice.csv', 'id,label', (name) => `${name.replace('.png', '')},${shapeOf(name)}`);
    const { card, folder } = await fast('twice.csv', 'twice');
    expect(card.data.count).toBe(pictures.length - 1);
    expect(readFileSync(join(folder, 'skipped.csv'), 'utf8')).toContain(
      `it may be again/${pictures[0]} or pics/${pictures[0]}: write the path in full`,
    );
  });

  it('other addresses are refused in one sentence (plugin-CsvImport #26)', async () => {
    write('web.csv', 'image_url', (name) => `https://example.org/${name}`);
    const { code, stderr } = await runKindred(['train', 'web.csv', '--tag', 'web'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain('it is an address, and only files on this machine are read');
  });
});

describe('labels never stop a job (trainset #5, autolabel #430, doccano #658)', () => {
  beforeAll(() => {
    unpackCase('27-partly-labelled', cwd);
  });

  it('a partly labelled table is scored on what is labelled, and the share is said', async () => {
    const { stdout, card, folder } = await fast('pile.csv', 'partly');
    expect(stdout).toMatch(/images with a label +80\.0 %/);
    expect(card.metrics?.train).toMatchObject({ oneToOneAccuracy: 1, labelled: 0.8 });
    expect(readFileSync(join(folder, 'scores.csv'), 'utf8').trim().split('\n')).toHaveLength(1 + 48);
  });

  it('what programs write for a missing label is none (Toronto-3D #1)', async () => {
    const text = readFileSync(join(cwd, 'pile.csv'), 'utf8');
    writeFileSync(join(cwd, 'nan.csv'), text.replaceAll(/,(\r?)$/gm, ',nan$1'));
    const { card } = await fast('nan.csv', 'nan');
    expect(card.metrics?.train).toMatchObject({ oneToOneAccuracy: 1, labelled: 0.8 });
  });

  it('a column without any label is none', async () => {
    const rows = readFileSync(join(cwd, 'pile.csv'), 'utf8').trim().split('\n');
    const blank = rows.map((row, at) => (at === 0 ? row : row.replace(/,[^,]*$/, ',')));
    writeFileSync(join(cwd, 'blank.csv'), `${blank.join('\n')}\n`);
    const { card } = await fast('blank.csv', 'blank');
    expect(card).toMatchObject({ k: 6, metrics: null, labelsProblem: null });
  });

  it('asked of folders that are not there, they cost the score and not the run', async () => {
    const { card, stderr } = await fast('pics', 'no-folders', '--labels-from', 'folders');
    expect(stderr).toContain('labels: not held against the kinds, for labels are to be the names of folders');
    expect(card).toMatchObject({ finished: true, k: 6, metrics: null });
    expect(card.labelsProblem).toContain('there is no folder around');
  });

  it('asked of folders, pictures that lie beside them have none', async () => {
    for (const name of readdirSync(join(cwd, 'pics')).slice(0, -9)) {
      // The six shapes take turns.
      const shape = `shape-${Number(name.slice(0, 3)) % 6}`;
      mkdirSync(join(cwd, 'some', shape), { recursive: true });
      copyFileSync(join(cwd, 'pics', name), join(cwd, 'some', shape, name));
    }
    const beside = readdirSync(join(cwd, 'pics')).slice(-9);
    for (const name of beside) copyFileSync(join(cwd, 'pics', name), join(cwd, 'some', name));
    const { card } = await fast('some', 'some', '--labels-from', 'folders');
    expect(card).toMatchObject({ k: 6, labelsProblem: null, metrics: { train: { oneToOneAccuracy: 1 } } });
    const { count } = card.data;
    expect(card.metrics?.train.labelled).toBeCloseTo((count - 9) / count, 6);
    // Purity is a share of what has a label.
    expect(readFileSync(join(cwd, 'runs/some/report.html'), 'utf8')).toMatch(/Purity">100/);
  });
});

it('a column of pixels is read as FER2013 has it', async () => {
  unpackCase('08-pixels-column', cwd);
  expect((await fast('faces.csv', 'faces')).card).toMatchObject(SCORED);
});

describe('Parquet as Hugging Face keeps it (datachain #375)', () => {
  beforeAll(() => {
    unpackCase('14-parquet', cwd);
  });

  it('a repository is read from the folder of its configuration, held-out images too', async () => {
    const { card } = await fast('repo', 'repo');
    expect(card).toMatchObject({ ...SCORED, data: { count: 60 } });
    expect(card.metrics?.test?.oneToOneAccuracy).toBe(1);
  });

  it('paths are read like those of a CSV table', async () => {
    expect((await fast('paths.parquet', 'paths')).card).toMatchObject(SCORED);
  });

  it.each(['list-uint8', 'list-list', 'list-of-structs'])('%s is refused in one sentence', async (name) => {
    const { code, stderr } = await runKindred(['train', `${name}.parquet`, '--tag', name], { cwd });
    expect(code).toBe(2);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
