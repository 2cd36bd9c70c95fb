// Tasks for Label Studio, each with kindred's kind as a prediction, and the labelling config that goes with them.
// Format: https://labelstud.io/guide/predictions
import { join } from 'node:path';
import { type AtomicFile, openFileAtomic, writeFileAtomic } from '../core/files.js';
import type { ReportProgress } from '../core/progress.js';
import {
  isWholeFile,
  pathInSource,
  pictureFile,
  type RecordedPicture,
  recordedPictures,
} from './pictures.js';
import { distinctNames, type ExportedRun } from './records.js';

/** Label Studio's address of files below its document root. */
const LOCAL_FILES = '/data/local-files/?d=';

/**
 * Writes `path`/tasks.json and config.xml. Pictures that are files are named by address, `imageRoot` and their path in the
 * source; others travel inside the task.
 */
export async function exportLabelStudio(
  run: ExportedRun,
  path: string,
  { imageRoot, report }: { imageRoot: string | null; report: ReportProgress },
): Promise<void> {
  const names = distinctNames(run.kinds);
  writeFileAtomic(join(path, 'config.xml'), config(names));
  const nameOf = new Map(run.kinds.map(({ cluster }, at) => [cluster, names[at]]));
  const file = openFileAtomic(join(path, 'tasks.json'));
  try {
    await writeTasks(file, run, nameOf, imageRoot ?? LOCAL_FILES, report);
    file.commit();
  } catch (error) {
    file.abandon();
    throw error;
  }
}

async function writeTasks(
  file: AtomicFile,
  run: ExportedRun,
  nameOf: ReadonlyMap<number, string>,
  imageRoot: string,
  report: ReportProgress,
): Promise<void> {
  let done = 0;
  file.write('[');
  for await (const recorded of recordedPictures(run)) {
    const { id, cluster, confidence } = recorded.image;
    const name = nameOf.get(cluster);
    const task = {
      data: { image: await addressOf(recorded, imageRoot), id },
      predictions: name === undefined ? [] : [prediction(run.card.tag, name, confidence)],
    };
    file.write(`${done++ === 0 ? '\n' : ',\n'}${JSON.stringify(task)}`);
    report({ stage: 'export', done, total: run.images.length, unit: 'images' });
  }
  file.write('\n]\n');
}

function prediction(model: string, name: string, confidence: number) {
  const score = Number(confidence.toFixed(4));
  return {
    model_version: model,
    score,
    result: [{ from_name: 'kind', to_name: 'image', type: 'choices', score, value: { choices: [name] } }],
  };
}

async function addressOf({ picture, image }: RecordedPicture, imageRoot: string): Promise<string> {
  if (isWholeFile(picture)) {
    const path = pathInSource(image.id, picture) ?? image.id;
    return imageRoot + path.split('/').map(encodeURIComponent).join('/');
  }
  const { bytes, mediaType } = await pictureFile(picture);
  return `data:${mediaType};base64,${Buffer.from(bytes).toString('base64')}`;
}

function config(names: readonly string[]): string {
  const choices = names.map((name) => `    <Choice value="${escapeXml(name)}"/>`).join('\n');
  return `<View>
  <Image name="image" value="$image" zoom="true"/>
  <Choices name="kind" toName="image" choice="single" showInline="true">
${choices}
  </Choices>
</View>
`;
}

function escapeXml(text: string): string {
  const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => escapes[character]).replace(/\p{Cc}/gu, '\ufffd');
}
