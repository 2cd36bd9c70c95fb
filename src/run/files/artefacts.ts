// The tables of a run's folder, one row an image or one row a kind, the codes and the models.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../../core/errors.js';
import type { Matrix } from '../../core/matrix.js';
import { namesPiece } from '../../methods/classifier.js';
import { type CsvValue, readRunCsv, writeCsv } from './csv.js';
import { VERSION } from './machine.js';
import { readNpy, writeHalfNpy, writeNpy } from './npy.js';
import { readBytes } from './system-error.js';

const VECTORS_FILE = 'vectors.npy';
const ASSIGNMENTS_HEADER = ['id', 'cluster', 'confidence'];
const KINDS_HEADER = ['cluster', 'size', 'stability', 'name'];
const SCORES_HEADER = ['id', 'label', 'name', 'correct'];

/** Where every image went. All three have one entry an image, in the order of the source. */
export interface Assignments {
  readonly ids: readonly string[];
  /** The cluster, or −1 for an image that belongs nowhere. */
  readonly assignment: Int32Array;
  /** 0 … 1; written with 4 decimals. */
  readonly confidence: Float32Array;
}

export interface Kind {
  readonly cluster: number;
  /** Images in it. */
  readonly size: number;
  /** 0 … 1; null when it was not computed. */
  readonly stability: number | null;
  readonly name: string;
}

/** How every image was scored. All four have one entry an image. */
export interface Scores {
  readonly ids: readonly string[];
  /** Null for an image without a label, which gets no row. */
  readonly labels: readonly (string | null)[];
  /** Name of the kind that the image is in. */
  readonly names: readonly (string | null)[];
  readonly correct: readonly (boolean | null)[];
}

/** Writes assignments.csv. */
export function writeAssignments(folder: string, { ids, assignment, confidence }: Assignments): void {
  if (ids.length !== assignment.length || ids.length !== confidence.length) {
    throw new RangeError(
      `writeAssignments: ${ids.length} ids, ${assignment.length} clusters, ${confidence.length} confidences`,
    );
  }
  const rows = rowsOf(ids.length, (index) => [ids[index], assignment[index], confidence[index].toFixed(4)]);
  writeCsv(join(folder, 'assignments.csv'), ASSIGNMENTS_HEADER, rows);
}

/** Reads assignments.csv. Throws an InputError if it is missing or damaged. */
export function readAssignments(folder: string): Assignments {
  const file = join(folder, 'assignments.csv');
  const rows = readRunCsv(folder, 'assignments.csv', ASSIGNMENTS_HEADER);
  return {
    ids: rows.map(([id]) => id),
    assignment: Int32Array.from(rows, ([, cluster], index) => wholeNumber(cluster, -1, file, index)),
    confidence: Float32Array.from(rows, ([, , confidence], index) => fraction(confidence, file, index)),
  };
}

/** Writes kinds.csv. */
export function writeKinds(folder: string, kinds: readonly Kind[]): void {
  const rows = kinds.map(({ cluster, size, stability, name }): CsvValue[] => [
    cluster,
    size,
    stability === null ? '' : stability.toFixed(4),
    name,
  ]);
  writeCsv(join(folder, 'kinds.csv'), KINDS_HEADER, rows);
}

/** Reads kinds.csv. Throws an InputError if it is missing or damaged. */
export function readKinds(folder: string): Kind[] {
  const file = join(folder, 'kinds.csv');
  return readRunCsv(folder, 'kinds.csv', KINDS_HEADER).map(([cluster, size, stability, name], index) => ({
    cluster: wholeNumber(cluster, -1, file, index),
    size: wholeNumber(size, 0, file, index),
    stability: stability === '' ? null : fraction(stability, file, index),
    name,
  }));
}

/** Writes scores.csv. */
export function writeScores(folder: string, { ids, labels, names, correct }: Scores): void {
  if (ids.length !== labels.length || ids.length !== names.length || ids.length !== correct.length) {
    throw new RangeError(
      `writeScores: ${ids.length} ids, ${labels.length} labels, ${names.length} names, ${correct.length} verdicts`,
    );
  }
  const labelled = Array.from(ids.keys()).filter((image) => labels[image] !== null);
  const rows = rowsOf(labelled.length, (place) => {
    const image = labelled[place];
    return [ids[image], labels[image]!, names[image] ?? '', correct[image]!];
  });
  writeCsv(join(folder, 'scores.csv'), SCORES_HEADER, rows);
}

/** The label of each image by its id, as scores.csv keeps them; null where the run had no labels. */
export function readLabels(folder: string): Map<string, string> | null {
  if (!existsSync(join(folder, 'scores.csv'))) return null;
  return new Map(readRunCsv(folder, 'scores.csv', SCORES_HEADER).map(([id, label]) => [id, label]));
}

/** Writes codes.npy: codes (n,d). */
export function writeCodes(folder: string, codes: Matrix): void {
  writeNpy(join(folder, 'codes.npy'), codes);
}

/** Reads codes.npy. Throws an InputError if it is missing or damaged. */
export function readCodes(folder: string): Matrix {
  return readNpy(join(folder, 'codes.npy'));
}

/** Writes vectors.npy: vectors (n, d) of an encoder, which are half precision already. */
export function writeVectors(folder: string, vectors: Matrix): void {
  writeHalfNpy(join(folder, VECTORS_FILE), vectors);
}

/** Reads vectors.npy; null if it is missing or damaged: its pictures can be encoded again. */
export function readVectors(folder: string): Matrix | null {
  try {
    return readNpy(join(folder, VECTORS_FILE), '<f2');
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

function* rowsOf(count: number, row: (index: number) => CsvValue[]): Generator<CsvValue[]> {
  for (let index = 0; index < count; index++) yield row(index);
}

function wholeNumber(text: string, smallest: number, file: string, rowIndex: number): number {
  if (/^-?\d{1,9}$/.test(text) && Number(text) >= smallest) return Number(text);
  throw damaged(text, `a whole number from ${smallest}`, file, rowIndex);
}

function fraction(text: string, file: string, rowIndex: number): number {
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) <= 1) return Number(text);
  throw damaged(text, 'a number from 0 to 1', file, rowIndex);
}

function damaged(text: string, wanted: string, file: string, rowIndex: number): InputError {
  return new InputError(
    `${file}, row ${rowIndex + 1} has "${text}" where ${wanted} belongs: restore the file or run again.`,
  );
}

/** A model of the run. Throws an InputError if it is not there any more. */
export function readModel(folder: string, file: string): Uint8Array {
  return readBytes(join(folder, 'model', file), 'restore it or run again');
}

/** The model with the names of the run's kinds in its metadata, in pieces. Throws an InputError if it is not there any more. */
export function readNamedModel(
  folder: string,
  file: string,
  kinds: readonly string[],
): readonly Uint8Array[] {
  return [readModel(folder, file), namesPiece(kinds, VERSION)];
}
