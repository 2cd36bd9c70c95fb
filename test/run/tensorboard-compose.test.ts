// `docker-compose up` without docker: the file is read strictly, and the command in it run as it stands.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEventWriter } from '#kindred/run/tensorboard/event-writer.js';
import { hasPython } from '../support/peers.js';
import { startBoard } from '../support/tensorboard.js';

const text = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8');

type Yaml = string | Yaml[] | { [key: string]: Yaml };

/** The part of YAML that the file may use: maps and lists by indentation, plain or quoted strings, comments. */
function parseYaml(source: string): Yaml {
  const lines = source
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.trim().startsWith('#'))
    .map((line) => ({ indent: line.search(/\S/), content: line.trim() }));
  let position = 0;

  function scalar(value: string): string {
    if (/^".*"$/.test(value)) return JSON.parse(value);
    // Outside quotes these begin something that is not a plain string, or end it.
    if (/^[[\]{}&*!|>'"%@`]|: | #|:$/.test(value)) throw new Error(`not a plain string: ${value}`);
    return value;
  }

  function block(indent: number): Yaml {
    const isList = lines[position].content.startsWith('- ');
    const list: Yaml[] = [];
    const map: Record<string, Yaml> = {};
    for (; position < lines.length && lines[position].indent === indent; ) {
      const { content } = lines[position++];
      const entry = isList ? /^- (.+)$/.exec(content) : /^([\w-]+):(?: (.+))?$/.exec(content);
      if (entry === null) throw new Error(`unexpected line: ${content}`);
      if (isList) list.push(scalar(entry[1]));
      else if (entry[1] in map) throw new Error(`${entry[1]} is there twice`);
      else if (entry[2] !== undefined) map[entry[1]] = scalar(entry[2]);
      else if (lines[position].indent > indent) map[entry[1]] = block(lines[position].indent);
      else throw new Error(`${entry[1]} has no value`);
    }
    return isList ? list : map;
  }

  const root = block(0);
  if (position !== lines.length) throw new Error(`wrong indentation: ${lines[position].content}`);
  return root;
}

const { services } = parseYaml(text) as {
  services: { tensorboard: { image: string; command: string; ports: string[]; volumes: string[] } };
};
const { tensorboard } = services;

describe('docker-compose.yml', () => {
  it('serves the default log directory on port 6006 of this machine alone', () => {
    expect(Object.keys(services)).toEqual(['tensorboard']);
    expect(Object.keys(tensorboard)).toEqual(['image', 'command', 'ports', 'volumes']);
    expect(tensorboard.image).toMatch(/^tensorflow\/tensorflow:\d+\.\d+\.\d+$/);
    expect(tensorboard.ports).toEqual(['127.0.0.1:6006:6006']);
    expect(tensorboard.volumes).toEqual(['./runs:/runs:ro']);
  });

  it('documents the same without docker', () => {
    expect(text).toContain('pip install tensorboard && tensorboard --logdir runs --port 6006');
  });
});

describe.skipIf(!hasPython('tensorboard'))('the command in docker-compose.yml', () => {
  let runs: string;
  beforeAll(() => {
    runs = mkdtempSync(join(tmpdir(), 'kindred-runs-'));
    const writer = createEventWriter(join(runs, 'run1'));
    writer.scalar('loss', 1, 0.5);
    writer.close();
  });
  afterAll(() => rmSync(runs, { recursive: true }));

  it("runs in PyPI's TensorBoard and answers on port 6006", async () => {
    const [program, ...options] = tensorboard.command.split(' ');
    expect(program).toBe('tensorboard');
    const [, inside] = tensorboard.volumes[0].split(':');
    expect(options.filter((option) => option === inside)).toHaveLength(1);
    const mapped = options.map((option) => (option === inside ? runs : option));

    const board = await startBoard(mapped, 6006);
    try {
      expect(await (await board.get('/')).text()).toContain('<title>TensorBoard</title>');
      expect(await (await board.get('/data/runs')).json()).toEqual(['run1']);
    } finally {
      await board.close();
    }
    await expect(fetch(board.address)).rejects.toThrow();
  });
});
