// kindred export: a finished run in other people's formats.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, InterruptedError, option, words } from '../core/errors.js';
import type { ReportProgress } from '../core/progress.js';
import { exportCoco } from './coco.js';
import { exportFolders } from './folders.js';
import { EXPORT_FORMATS, type ExportFormat, type LinkChoice } from './formats.js';
import { exportGallery } from './gallery.js';
import { exportLabelStudio } from './labelstudio.js';
import { exportOnnx } from './onnx.js';
import { type ExportedRun, readExportedRun } from './records.js';
import { exportCsv, exportParquet } from './tables.js';
import { buildTarget } from './target.js';

export interface ExportRequest {
  readonly to: ExportFormat;
  /** Null: below the run, in export/. */
  readonly out: string | null;
  readonly overwrite: boolean;
  /** Of folders. */
  readonly link: LinkChoice;
  /** Of labelstudio: what stands before a picture's path. */
  readonly imageRoot: string | null;
}

export interface ExportContext {
  readonly report: ReportProgress;
  readonly signal: AbortSignal;
}

export interface Exported {
  /** The file or folder that was written. */
  readonly path: string;
  readonly images: number;
  readonly kinds: number;
}

/** Throws an InputError if the run or its images cannot be used, or the target is there; nothing is left behind then. */
export async function exportRun(
  folder: string,
  request: ExportRequest,
  context: ExportContext,
): Promise<Exported> {
  const run = readExportedRun(folder);
  const path = request.out ?? join(folder, 'export', EXPORT_FORMATS[request.to].name);
  await buildTarget(path, request.overwrite, async (temporary) => {
    if (EXPORT_FORMATS[request.to].isFolder) mkdirSync(temporary);
    await write(run, temporary, request, context);
    if (context.signal.aborted) throw new InterruptedError(`Stopped; nothing was written to ${path}`);
  });
  return { path, images: run.images.length, kinds: run.kinds.length };
}

async function write(
  run: ExportedRun,
  path: string,
  { to, link, imageRoot }: ExportRequest,
  { report: draw, signal }: ExportContext,
): Promise<void> {
  const report: ReportProgress = (progress) => {
    if (signal.aborted) throw new InterruptedError('Stopped; nothing was written');
    draw(progress);
  };
  switch (to) {
    case 'onnx':
      return exportOnnx(run, path);
    case 'csv':
      return exportCsv(run, path);
    case 'parquet':
      return exportParquet(run, path);
    case 'coco':
      return exportCoco(run, path, report);
    case 'folders':
      return exportFolders(run, path, { link, report });
    case 'labelstudio':
      return exportLabelStudio(run, path, { imageRoot, report });
    case 'html':
      return exportGallery(run, path);
  }
}

/** Throws an InputError for what only another format has. */
export function checkRequest({ to, link, imageRoot }: ExportRequest): void {
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
