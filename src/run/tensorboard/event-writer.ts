// A TensorBoard events file being written. Events gather in memory and are appended whole; flush() puts them
// on the disk, so that a board can follow a training and an interrupted file stays readable up to its last
// flush. No other file of a run is appended to: this is why core/files.ts is not used here.
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { ProtobufMessage } from '../../core/protobuf.js';
import {
  fileVersionEvent,
  histogramValue,
  imageValue,
  scalarValue,
  sessionStartEvent,
  summaryEvent,
} from './events.js';
import { histogramOf } from './histogram.js';
import { type Hyperparameters, sessionEndValue, sessionStartValue } from './hyperparameters.js';
import type { EncodedImage } from './images.js';
import { frameRecord } from './records.js';

export interface EventWriterOptions {
  /**
   * The first step that will be written, when a training is resumed: points of that step and later that older
   * files of the folder hold are not shown any more.
   */
  readonly resumeAtStep?: number;
  /** Seconds since 1970; the machine's clock unless a test gives its own. */
  readonly clock?: () => number;
}

export interface EventWriter {
  /** The file. */
  readonly path: string;
  /** A point of a curve, kept as float32; NaN and infinities may be written and are marked on the curve. */
  scalar(tag: string, step: number, value: number): void;
  histogram(tag: string, step: number, values: Float32Array): void;
  image(tag: string, step: number, image: EncodedImage): void;
  /** Puts the run into the table of the HPARAMS tab, whose columns TensorBoard collects from all runs by itself. */
  hyperparameters(parameters: Hyperparameters): void;
  /** Everything written so far is on the disk when it returns. */
  flush(): void;
  /** Flushes and closes. With an outcome, the HPARAMS tab shows it; without, the run counts as unfinished. */
  close(outcome?: 'success' | 'failure'): void;
}

const BUFFER_BYTES = 1 << 18;
const EVENTS = 'events.out.tfevents.';

/** Does `directory` hold something that TensorBoard shows? It takes no notice of a folder without an events file. */
export function hasEvents(directory: string): boolean {
  return readdirSync(directory).some((name) => name.startsWith(EVENTS));
}

/**
 * Opens a new events file in `directory`, which is made if it is missing. Several files in one folder are one
 * run: TensorBoard reads them in the order of their names, which is the order of their making. A folder inside
 * (`heldout/`) is a run of its own on the same board.
 */
export function createEventWriter(directory: string, options: EventWriterOptions = {}): EventWriter {
  const clock = options.clock ?? (() => Date.now() / 1000);
  mkdirSync(directory, { recursive: true });
  const path = join(directory, freshName(directory, clock()));
  const file = openSync(path, 'ax');
  let isOpen = true;
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;

  function add(message: ProtobufMessage): void {
    if (!isOpen) throw new Error(`${path} is closed`);
    const record = frameRecord(message.encode());
    pending.push(record);
    pendingBytes += record.length;
    if (pendingBytes >= BUFFER_BYTES) append();
  }

  function append(): void {
    const bytes = Buffer.concat(pending);
    let written = 0;
    while (written < bytes.length) written += writeSync(file, bytes, written);
    pending = [];
    pendingBytes = 0;
  }

  function summary(step: number, value: ProtobufMessage): void {
    add(summaryEvent({ wallSeconds: clock(), step }, value));
  }

  const writer: EventWriter = {
    path,
    scalar: (tag, step, value) => summary(step, scalarValue(tag, value)),
    histogram: (tag, step, values) => summary(step, histogramValue(tag, histogramOf(values))),
    image: (tag, step, image) => summary(step, imageValue(tag, image)),
    hyperparameters: (parameters) => summary(0, sessionStartValue(parameters, clock())),
    flush() {
      append();
      fsyncSync(file);
    },
    close(outcome) {
      if (!isOpen) return;
      if (outcome !== undefined) summary(0, sessionEndValue(outcome, clock()));
      writer.flush();
      isOpen = false;
      closeSync(file);
    },
  };

  const { resumeAtStep } = options;
  add(fileVersionEvent({ wallSeconds: clock(), step: 0 }));
  if (resumeAtStep !== undefined) add(sessionStartEvent({ wallSeconds: clock(), step: resumeAtStep }));
  writer.flush();
  return writer;
}

/** A name that sorts after those of all events files in `directory`, even if the clock stood still. */
function freshName(directory: string, wallSeconds: number): string {
  let seconds = Math.floor(wallSeconds);
  for (const name of readdirSync(directory)) {
    const older = /^events\.out\.tfevents\.(\d+)\./.exec(name);
    if (older !== null) seconds = Math.max(seconds, Number(older[1]) + 1);
  }
  return `events.out.tfevents.${String(seconds).padStart(10, '0')}.${hostname()}.${process.pid}`;
}
