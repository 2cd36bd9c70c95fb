// What a person may choose about an export, whatever its format.
import type { ReportProgress } from '../core/progress.js';

export const FORMATS = ['onnx', 'csv', 'parquet', 'coco', 'folders', 'labelstudio', 'html'] as const;
/** `kindred export --help` says what each is for. */
export type ExportFormat = (typeof FORMATS)[number];

/** How a folder of pictures gets them. */
export const LINKS = ['copy', 'hard', 'symbolic'] as const;
/** Copies, hard or symbolic links. */
export type LinkChoice = (typeof LINKS)[number];

export interface ExportChoices {
  /** Of `folders`. */
  readonly link: LinkChoice;
  /** Of `labelstudio`: what stands before a picture's path. */
  readonly imageRoot: string | null;
  /** Throws where the export is to stop. */
  readonly report: ReportProgress;
}
