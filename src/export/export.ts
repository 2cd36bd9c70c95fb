// kindred export: a finished run in other people's formats.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, InterruptedError, option, words } from '../core/errors.js';
import type { ReportProgress } from '../core/progress.js';
import type { ExportChoices, ExportFormat } from './choices.js';
import { EXPORT_FORMATS } from './formats.js';
import { readExportedRun } from './records.js';
import { buildTarget } from './target.js';

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
