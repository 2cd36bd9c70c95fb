// What a stranger has to know about an exported model, on a page. After Mitchell et al. 2019, "Model Cards for Model
// Reporting".
import { framingOf } from '../run/images/read-images.js';
import { distinctNames, type ExportedRun } from './records.js';

/** Kinds that are listed by name. */
const MOST_KINDS = 200;

/** The page in Markdown. */
export function modelCard({ card, kinds }: ExportedRun, python: string): string {
  const { data, metrics } = card;
  const { height, width, channels } = data;
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
| \`classifier.onnx\` | \`images\`: uint8 (n, ${height}, ${width}, ${channels}) | \`cluster\`: int64 (n); \`confidence\`: float32 (n), 0 to 1; \`known\`: bool (n) |
| \`encoder.onnx\` | the same | \`code\`: float32 (n, d), near for images that are alike |

Everything between pixels and answer is inside the graph. What happens before it: ${preparation(framingOf(card))}
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

\`examples.npy\`, where it is there, holds the first images of the dataset.

    python predict.py FILE_OR_FOLDER …
    node predict.mjs FILE_OR_FOLDER …

Both take pictures of any size, and images in a \`.npy\` file, and print name, confidence and file, as \`kindred predict\` says them.
Their first lines say what to install.
This is \`predict.py\`, with every step from a file to the model:

\`\`\`python
${python}\`\`\`
`;
}

function preparation({
  height,
  width,
  channels,
  polarity,
  crop,
  alphaGround,
}: ReturnType<typeof framingOf>): string {
  const steps = [
    `turn the picture upright by its EXIF orientation and put transparent parts on ${alphaGround}`,
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
