// The formats of kindred export: what each is called below a run's folder.

export const EXPORT_FORMATS = {
  onnx: { name: 'onnx', isFolder: true },
  csv: { name: 'kinds.csv', isFolder: false },
  parquet: { name: 'kinds.parquet', isFolder: false },
  coco: { name: 'coco.json', isFolder: false },
  folders: { name: 'folders', isFolder: true },
  labelstudio: { name: 'labelstudio', isFolder: true },
  html: { name: 'kinds.html', isFolder: false },
} as const;

export type ExportFormat = keyof typeof EXPORT_FORMATS;

/** How a folder of pictures gets them. */
export const LINKS = ['copy', 'hard', 'symbolic'] as const;
export type LinkChoice = (typeof LINKS)[number];
