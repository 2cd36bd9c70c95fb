// kindred export: a finished run in other people's formats.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, InterruptedError, option, words } from '../core/errors.js';
import type { ReportProgress } from '../core/progress.js';
import type { ExportChoices, ExportFormat } from './choices.js';
import { type ExportedRun, readExportedRun } from './records.js';
import { buildTarget } from './target.js';

/** A row of the formats. A writer is loaded when it is asked for. */
interface FormatRow {
  /** What it is called below a run's folder. */
  readonly name: string;
  /** Is `path` an empty folder, or a file to be? */
  readonly isFolder: boolean;
  write(run: ExportedRun, path: string, choices: ExportChoices): Promise<void>;
}

const EXPORT_FORMATS: Readonly<Record<ExportFormat, FormatRow>> = {
  onnx: {
    name: 'onnx',
    isFolder: true,
    write: async (run, path) => (await import('./onnx.js')).exportOnnx(run, path),
  },
  csv: {
    name: 'kinds.csv',
    isFolder: false,
    write: async (run, path) => (await import('./tables.js')).exportCsv(run, path),
  },
  parquet: {
    name: 'kinds.parquet',
    isFolder: false,
    write: async (run, path) => (await import('./tables.js')).exportParquet(run, path),
  },
  coco: {
    name: 'coco.json',
    isFolder: false,
    write: async (run, path, { report }) => (await import('./coco.js')).exportCoco(run, path, report),
  },
  folders: {
    name: 'folders',
    isFolder: true,
    write: async (run, path, choices) => (await import('./folders.js')).exportFolders(run, path, choices),
  },
  labelstudio: {
    name: 'labelstudio',
    isFolder: true,
    write: async (run, path, choices) =>
      (await import('./labelstudio.js')).exportLabelStudio(run, path, choices),
  },
  html: {
    name: 'kinds.html',
    isFolder: false,
    write: async (run, path) => (await import('./gallery.js')).exportGallery(run, path),
  },
};

export interface ExportRequest extends Omit<ExportChoices, 'report'> {
  readonly to: ExportFormat;
  /** Null: below the run, in export/. */
  readonly out: string | null;
  readonly overwrite: boolean;
}

export interface ExportContext {
  readonly report: ReportProgress;
  readonly signal: AbortSignal;
}

/** What was written. */
export interface Exported {
  /** The file or folder that was written. */
  readonly path: string;
  /** Images and kinds in it. */
  readonly images: number;
  readonly kinds: number;
}

/** Throws an InputError if the run or its images cannot be used, or the target is there; nothing is left behind then. */
export async function exportRun(
  folder: string,
  request: ExportRequest,
  { report, signal }: ExportContext,
): Promise<Exported> {
  requireUse(request);
  const { to, out, overwrite, link, imageRoot } = request;
  const { name, isFolder, write } = EXPORT_FORMATS[to];
  const run = readExportedRun(folder);
  const path = out ?? join(folder, 'export', name);
  const requireGoingOn = () => {
    if (signal.aborted) throw new InterruptedError(`Stopped; nothing was written to ${path}`);
  };
  const watched: ReportProgress = (progress) => {
    requireGoingOn();
    report(progress);
  };
  await buildTarget(path, overwrite, async (temporary) => {
    if (isFolder) mkdirSync(temporary);
    await write(run, temporary, { link, imageRoot, report: watched });
    requireGoingOn();
  });
  return { path, images: run.images.length, kinds: run.kinds.length };
}

/** Throws an InputError for what only another format has. */
function requireUse({ to, link, imageRoot }: ExportRequest): void {
  if (link !== 'copy' && to !== 'folders') {
    throw new InputError(
      words`${option('link')} is about ${option('format')} folders and not about ${to}. Leave it out.`,
    );
  }
  if (imageRoot !== null && to !== 'labelstudio') {
    throw new InputError(
      words`${option('imageRoot')} is about ${option('format')} labelstudio and not about ${to}. Leave it out.`,
    );
  }
}
