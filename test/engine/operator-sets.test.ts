// Models of older operator sets inside of ours: valid by ONNX's checker, with the answers that they gave alone. The tables of what changed
// are held against ONNX's own schemas.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createOnnxGraph, type DataType } from '#kindred/engine/onnx/onnx.js';
import {
  CHANGES,
  NEWEST_OPSET,
  OLDEST_OPSET,
  UNCHANGED,
  WIDENED,
} from '#kindred/engine/onnx/operator-sets.js';
import { opsetFor } from '#kindred/engine/onnx/raising.js';
import { temporaryFolder } from '../support/folders.js';
import { hasPython, runPython } from '../support/peers.js';

interface Case {
  readonly opset: number;
  readonly shape: readonly number[];
  readonly x: readonly number[];
  readonly type: DataType;
  readonly outputs: readonly string[];
  readonly ranks: readonly number[];
  readonly of: DataType;
}

/** Compares each model with the joined one, which has two of it; prints what differs. */
const COMPARE = `
import json, sys, numpy, onnx, onnxruntime
folder = sys.argv[1]
onnxruntime.set_default_logger_severity(3)
answers = {}
for name, case in json.load(open(f'{folder}/cases.json')).items():
    x = numpy.array(case['x'], case['type']).reshape(case['shape'])
    run = lambda file: onnxruntime.InferenceSession(file, providers=['CPUExecutionProvider']).run(None, {'x': x})
    onnx.checker.check_model(f'{folder}/{name}.joined.onnx', full_check=True)
    model = onnx.load(f'{folder}/{name}.joined.onnx')
    for node in model.graph.node:
        # Since 13 either the sizes or the scales are given, and not the other one empty.
        if node.op_type == 'Resize': assert sum(map(bool, node.input[2:])) == 1, (name, node.input)
    alone = run(f'{folder}/{name}.onnx')
    joined = run(f'{folder}/{name}.joined.onnx')
    alike = [a.shape == b.shape and numpy.allclose(a, b, rtol=1e-5, atol=1e-6, equal_nan=True) for a, b in zip(alone + alone, joined)]
    answers[name] = dict(alike=alike, opset=[each.version for each in model.opset_import if each.domain == ''][0],
        metadata=len(model.metadata_props), values=sum(a.size for a in alone))
print(json.dumps(answers))
`;

describe.skipIf(!hasPython('onnx', 'onnxruntime', 'numpy'))('a model of an older operator set', () => {
  it('has in ours the answers that it has alone, twice beside itself', () => {
    const folder = temporaryFolder();
    runPython(readFileSync('test/support/old-models.py', 'utf8'), folder);
    const cases: Record<string, Case> = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8'));
    for (const [name, { shape, type, outputs, ranks, of }] of Object.entries(cases)) {
      const model = readFileSync(join(folder, `${name}.onnx`));
      const graph = createOnnxGraph('host', '', opsetFor([model], name));
      const x = graph.input(
        'x',
        type,
        shape.map((_, at) => `side${at}`),
      );
      for (const names of ['one_', 'two_']) {
        const results = graph.embed(model, names, { x }, { called: name });
        for (const [place, output] of outputs.entries()) {
          const open = Array.from({ length: ranks[place] }, (_, at) => `${output}${at}`);
          graph.output(`${names}${output}_out`, results[output], of, open);
        }
      }
      writeFileSync(join(folder, `${name}.joined.onnx`), graph.encode());
    }
    const answers: Record<string, { alike: boolean[]; opset: number; metadata: number; values: number }> =
      JSON.parse(runPython(COMPARE, folder));
    expect(Object.keys(answers)).toEqual(Object.keys(cases));
    expect(Object.keys(answers).length).toBeGreaterThan(100);
    const wrong = Object.entries(answers).filter(([, { alike }]) => !alike.every(Boolean));
    expect(wrong.map(([name]) => name)).toEqual([]);
    for (const [name, { opset, metadata, alike }] of Object.entries(answers)) {
      expect([name, opset, metadata, alike.length]).toEqual([
        name,
        Math.max(21, cases[name].opset),
        0,
        2 * cases[name].outputs.length,
      ]);
    }
  });
});

/** What ONNX's own schemas say of every change of an operator from 12 to 26. */
const SCHEMAS = `
import collections, json, onnx.defs
schemas = collections.defaultdict(dict)
for each in onnx.defs.get_all_schemas_with_history():
    if each.domain == '': schemas[each.name][each.since_version] = each

def value(attribute): return attribute.type, attribute.required, attribute.default_value.SerializeToString()
def needed(parameters): return [(str(p.option), p.is_homogeneous) for p in parameters]

def widened(old, new):
    '''Do nodes of old stand for themselves in new, as far as a schema tells?'''
    kept = all(name in new.attributes and value(of) == value(new.attributes[name]) for name, of in old.attributes.items())
    more = all(not of.required for name, of in new.attributes.items() if name not in old.attributes)
    optional = onnx.defs.OpSchema.FormalParameterOption.Optional
    def grown(before, after):
        same = all(a.option == b.option or b.option == optional for a, b in zip(before, after))
        return len(before) <= len(after) and same and all(p.option == optional for p in after[len(before):])
    types = all(set(a.types) <= set(b.types) for a, b in zip(old.inputs, new.inputs))
    return kept and more and grown(old.inputs, new.inputs) and grown(old.outputs, new.outputs) and types and old.deprecated == new.deprecated

found = {}
for name, versions in schemas.items():
    newest = max(versions)
    changes = {}
    for version in sorted(versions):
        before = [each for each in versions if each < version]
        if version > 11: changes[version] = widened(versions[max(before)], versions[version]) if before else True
    found[name] = dict(changes=changes, deprecated=versions[max(v for v in versions if v <= 11)].deprecated if min(versions) <= 11 else False, first=min(versions))
print(json.dumps(found))
`;

describe.skipIf(!hasPython('onnx'))('the tables of operators', () => {
  it('name every change that the schemas have, and call none harmless that is not', () => {
    const schemas: Record<string, { changes: Record<string, boolean>; deprecated: boolean; first: number }> =
      JSON.parse(runPython(SCHEMAS));
    const listed = (list: string) => list.split(/\s+/);
    const isWidened = (type: string, version: number) => listed(WIDENED[version] ?? '').includes(type);
    const isChanged = (type: string, version: number) =>
      CHANGES.some(({ operators, at }) => listed(operators).includes(type) && at.includes(version));
    /** The kernels never took what the types lost. */
    const forgiven = ['Erf 13'];
    const wrong: string[] = [];
    for (const [type, { changes, deprecated, first }] of Object.entries(schemas)) {
      if (first > NEWEST_OPSET || deprecated) continue;
      const versions = Object.entries(changes).filter(([version]) => Number(version) <= NEWEST_OPSET);
      for (const [text, harmless] of versions) {
        const version = Number(text);
        const [wide, changed] = [isWidened(type, version), isChanged(type, version)];
        if (wide === changed) wrong.push(`${type} ${version} is ${wide ? 'twice' : 'not'} in the tables`);
        if (wide && !harmless && !forgiven.includes(`${type} ${version}`))
          wrong.push(`${type} ${version} changed`);
      }
      if (listed(UNCHANGED).includes(type) !== (versions.length === 0))
        wrong.push(`${type}: unchanged or not?`);
    }
    expect(wrong).toEqual([]);
    const there = (type: string, version: number) => String(version) in (schemas[type]?.changes ?? {});
    for (const [version, list] of Object.entries(WIDENED)) {
      expect(listed(list).filter((type) => !there(type, Number(version)))).toEqual([]);
    }
    for (const { operators, at } of CHANGES) {
      for (const type of listed(operators)) expect(at.filter((version) => !there(type, version))).toEqual([]);
    }
    expect([OLDEST_OPSET, NEWEST_OPSET]).toEqual([11, 26]);
  });
});
