// What a stranger has to know about an exported model, on a page. After Mitchell et al. 2019, "Model Cards for Model
// Reporting".
import { basename } from 'node:path';
import { framingOf } from '../run/images/read-images.js';
import type { JoinedInput } from '../run/reading/joined-models.js';
import { distinctNames, type ExportedRun } from './records.js';

/** Kinds that are listed by name. */
const MOST_KINDS = 200;

/** The page in Markdown; `joined` is what the models take where an encoder is in them. */
export function modelCard(
  { card, kinds }: ExportedRun,
  python: string,
  joined: JoinedInput | null = null,
): string {
  const { data, metrics } = card;
  const names = distinctNames(kinds);
  const rows = kinds
    .slice(0, MOST_KINDS)
    .map(({ cluster, size }, at) => `| ${cluster} | ${inTable(names[at])} | ${size} |`);
  const isCalibrated = card.kin !== null;
  return `# ${card.tag}

Tells ${card.k} kinds of images apart. kindred ${card.version} found them in ${data.count} images (${data.name}) without reading a label
(method ${card.method}, seed ${card.seed}, ${card.startedAt.slice(0, 10)}; SHA-256 of the pixels ${data.sha256}).

## Input and output

| model | input | output |
|---|---|---|
| \`classifier.onnx\` | ${inputOf(card, joined)} | \`cluster\`: int64 (n); \`confidence\`: float32 (n), 0 to 1; \`known\`: bool (n) |
| \`encoder.onnx\` | the same | ${joined === null ? '`code`: float32 (n, d)' : `\`features\`: float32 (n, ${joined.columns}), of unit length`}, near for images that are alike |

${joined === null ? 'Everything between pixels and answer is inside the graph' : encoderIn(card)}. What happens before it: ${joined === null ? preparation(framingOf(card)) : encoderPreparation(joined)}
\`confidence\` ${isCalibrated ? 'is calibrated against the neighbourhoods of the images the kinds were found in' : 'is 0 on the border of two kinds and 1 in the middle of one'}.
\`known\` is false for an image unlike any of those.

## Kinds

| cluster | name | images |
|---|---|---|
${rows.join('\n')}
${kinds.length > MOST_KINDS ? `\nand ${kinds.length - MOST_KINDS} more in \`labels.json\`.\n` : ''}
## How good it is

${metrics === null ? 'Nobody knows: there were no labels to hold the kinds against.' : figures(metrics)}

## Limits

Kinds are what the dataset fell into, not what anybody meant: look at them before you rely on their names. Images of another
origin, scanner or framing than the dataset's may be answered wrongly, and with confidence.

## Use it

\`examples.npy\`, where it is there, holds the first images of the dataset${joined === null ? '' : ' as bytes, before the last of these steps'}.

    python predict.py FILE_OR_FOLDER …
    node predict.mjs FILE_OR_FOLDER …

Both take pictures of any size, and images in a \`.npy\` file, and print name, confidence and file, as \`kindred predict\` says them.
Their first lines say what to install.
This is \`predict.py\`, with every step from a file to the model:

\`\`\`python
${python}\`\`\`
`;
}

function inputOf({ data }: ExportedRun['card'], joined: JoinedInput | null): string {
  const { height, width, channels } = data;
  return joined === null
    ? `\`images\`: uint8 (n, ${height}, ${width}, ${channels})`
    : `\`${joined.tensor}\`: ${joined.type} (n, ${joined.sides.join(', ')})`;
}

function encoderIn({ vectors }: ExportedRun['card']): string {
  return `Both hold the image encoder whose vectors the kinds were found in (${basename(vectors!.path)}, SHA-256 ${vectors!.sha256}): its licence is theirs. Everything between its input and the answer is inside the graph`;
}

function encoderPreparation({ height, width, normalisation, channelsFirst }: JoinedInput): string {
  const rgb = preparation({ height, width, channels: 3, polarity: 'keep', crop: 'whole' }).slice(0, -1);
  const list = (values: readonly number[]) => values.map((value) => Number(value.toPrecision(6))).join(', ');
  const values =
    normalisation === null
      ? 'give the bytes as they are'
      : `give byte · scale + shift, by channel scale ${list(normalisation.scale)} and shift ${list(normalisation.shift)}`;
  return `${rgb}; ${values}, the channels ${channelsFirst ? 'first' : 'last'}.`;
}

type Preparation = Pick<ReturnType<typeof framingOf>, 'height' | 'width' | 'channels' | 'polarity' | 'crop'>;

function preparation({ height, width, channels, polarity, crop }: Preparation): string {
  const steps = [
    'turn the picture upright by its EXIF orientation and put transparent parts on white',
    channels === 1 ? 'make it grey' : 'make it RGB',
    ...(polarity === 'invert' ? ['invert it'] : []),
    ...(polarity === 'each' ? ['invert it if its rim is lighter than mid-grey'] : []),
    crop === 'content'
      ? `cut it to what stands out of its ground, fit that into 20/28 of ${height} × ${width}, and put its centre of mass into the middle, on black`
      : `fit it into ${height} × ${width}, its aspect kept, on its own ground`,
  ];
  return `${steps.join('; ')}.`;
}

function figures({ train, test }: NonNullable<ExportedRun['card']['metrics']>): string {
  const row = (name: string, { majorityAccuracy, oneToOneAccuracy, nmi }: typeof train) =>
    `| ${name} | ${(100 * majorityAccuracy).toFixed(1)} % | ${(100 * oneToOneAccuracy).toFixed(1)} % | ${nmi.toFixed(3)} |`;
  const rows = [row('that the kinds were found in', train)];
  if (test !== null) rows.push(row('held out', test));
  return `Against labels that were read afterwards:

| images | accuracy, majority | accuracy, one-to-one | NMI |
|---|---|---|---|
${rows.join('\n')}`;
}

function inTable(name: string): string {
  return name.replace(/\\/g, '\\\\').replace(/\|/g, '\\|').replace(/\s+/g, ' ');
}
