// The formats of kindred export, a row each: what it is called below a run's folder, and what writes it. A writer is loaded when it is
// asked for.
import type { ExportChoices, ExportFormat } from './choices.js';
import type { ExportedRun } from './records.js';

interface FormatRow {
  readonly name: string;
  /** Is `path` an empty folder, or a file to be? */
  readonly isFolder: boolean;
  write(run: ExportedRun, path: string, choices: ExportChoices): Promise<void>;
}

export const EXPORT_FORMATS: Readonly<Record<ExportFormat, FormatRow>> = {
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
