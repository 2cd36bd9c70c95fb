// bench/results.json: what the benchmarks measured and README quotes, one key a benchmark. Nothing is written
// there by hand; scripts/readme-tables.mjs makes README's tables of it.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { writeFileAtomic } from '../dist/core/files.js';
import { engineVersion } from '../dist/methods/methods.js';
import { describeMachine, VERSION } from '../dist/run/files/machine.js';

export const RESULTS_FILE = join(import.meta.dirname, 'results.json');

/** @returns {Record<string, any>} everything recorded; empty where nothing is. */
export function readResults(file = RESULTS_FILE) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

/** Replaces one key by `change(what it was, or undefined)`; the others stay as they are in the file now. */
export function updateResults(key, change, file = RESULTS_FILE) {
  const results = readResults(file);
  writeFileAtomic(file, `${formatted(sorted({ ...results, [key]: change(results[key]) }))}\n`);
}

/**
 * Records a table of ready-made cells (`engine`, `kmeans`) with what it was measured on.
 * @param {string} key
 * @param {{ head: string[], rows: (string | number)[][], note?: string }} table `note`: a sentence under it
 */
export async function recordTable(key, { head, rows, note = '' }, file = RESULTS_FILE) {
  const recorded = { head, rows: rows.map((row) => row.map(String)), note };
  const made = { machine: await machine(), ...provenance() };
  updateResults(key, () => ({ ...recorded, ...made }), file);
}

/** What a time depends on. */
export async function machine() {
  const { cpu, cores, node, onnxruntime } = describeMachine(await engineVersion());
  return { cpu, cores, node, onnxruntime };
}

/** What made a result: version, commit (with a + where the program differs from it) and day. */
export function provenance() {
  return { kindred: VERSION, commit: commit(), date: new Date().toISOString().slice(0, 10) };
}

function commit() {
  const git = (...words) =>
    execFileSync('git', words, { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' }).trim();
  try {
    const changed = git('status', '--porcelain', '--', '../src', '../package-lock.json');
    return git('rev-parse', '--short=8', 'HEAD') + (changed === '' ? '' : '+');
  } catch {
    return 'unknown';
  }
}

/** The recorded runs that would come out the same again: `what` (options, machine, …) is as it was recorded. */
export function keptRuns(recorded, what) {
  const same = recorded && Object.keys(what).every((key) => isDeepStrictEqual(recorded[key], what[key]));
  return same ? recorded.runs : [];
}

/** Mean and sample standard deviation (n − 1; null for a single value). @param {number[]} values */
export function meanAndDeviation(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = values.length < 2 ? null : rounded(Math.sqrt(squares / (values.length - 1)));
  return { mean: rounded(mean), standardDeviation: deviation };
}

/** Six digits: more than any of these figures is worth. */
export function rounded(value) {
  return Number(value.toPrecision(6));
}

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

const LINE_WIDTH = 110;

/** JSON as the house's formatter has it: what fits stands on one line. */
function formatted(value, indent = '', taken = 0) {
  const line = onOneLine(value);
  if (line === undefined || indent.length + taken + line.length < LINE_WIDTH) return line;
  if (value === null || typeof value !== 'object') return line;
  const inner = `${indent}  `;
  if (Array.isArray(value) && value.every((item) => typeof item === 'number')) {
    return `[\n${filled(value, inner)}\n${indent}]`;
  }
  const entries = Array.isArray(value)
    ? value.map((item) => inner + formatted(item, inner))
    : Object.entries(value).map(([key, item]) => {
        const name = `${JSON.stringify(key)}: `;
        return inner + name + formatted(item, inner, name.length);
      });
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${entries.join(',\n')}\n${indent}${close}`;
}

/** Numbers, as many on a line as fit. */
function filled(numbers, indent) {
  const lines = [];
  let line = indent;
  numbers.forEach((number, index) => {
    const item = index === numbers.length - 1 ? `${number}` : `${number},`;
    if (line !== indent && line.length + item.length + 1 > LINE_WIDTH) {
      lines.push(line);
      line = indent;
    }
    line += line === indent ? item : ` ${item}`;
  });
  return [...lines, line].join('\n');
}

function onOneLine(value) {
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${onOneLine(item)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}
