// COCO's JSON for detection: a kind is a category, and the whole picture its box.
// Format: https://cocodataset.org/#format-data
import { writeFileAtomic } from '../core/files.js';
import type { ReportProgress } from '../core/progress.js';
import { sizeOfPicture } from '../data/decoding/decode.js';
import { pathInSource, recordedPictures } from './pictures.js';
import { distinctNames, type ExportedRun } from './records.js';

/** Numbers begin with 1. An image that belongs to no kind is listed without an annotation. */
export async function exportCoco(run: ExportedRun, path: string, report: ReportProgress): Promise<void> {
  const { card, kinds, images: all } = run;
  const names = distinctNames(kinds);
  const images: object[] = [];
  const annotations: object[] = [];
  for await (const { image, picture } of recordedPictures(run)) {
    const { height, width } = await sizeOfPicture(picture, card.limits);
    const id = images.length + 1;
    images.push({ id, file_name: pathInSource(image.id, picture) ?? `${image.id}.png`, width, height });
    if (image.cluster >= 0) {
      annotations.push({
        id: annotations.length + 1,
        image_id: id,
        category_id: image.cluster + 1,
        bbox: [0, 0, width, height],
        area: width * height,
        iscrowd: 0,
        score: Number(image.confidence.toFixed(4)),
      });
    }
    report({ stage: 'export', done: images.length, total: all.length, unit: 'images' });
  }
  const document = {
    info: {
      description: `Kinds that kindred found in ${card.data.name}`,
      version: card.version,
      date_created: card.startedAt,
    },
    licenses: [],
    images,
    categories: kinds.map(({ cluster }, at) => ({ id: cluster + 1, name: names[at], supercategory: 'kind' })),
    annotations,
  };
  writeFileAtomic(path, `${JSON.stringify(document)}\n`);
}
