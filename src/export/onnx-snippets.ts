// Programs of eight lines that use an exported classifier: the tests run these very files.
import type { ImageShape } from '../data/source.js';
import type { JoinedInput } from '../run/reading/joined-models.js';

/** predict.py: kinds of the images in a .npy file; `joined` is what the model takes where an encoder is in it. */
export function pythonSnippet(joined: JoinedInput | null = null): string {
  return `import json, sys
import numpy as np
import onnxruntime

names = json.load(open("labels.json", encoding="utf-8"))
images = np.load(sys.argv[1] if len(sys.argv) > 1 else "examples.npy")  # uint8 (n, height, width, channels)
${joined === null ? '' : `pixels = ${pythonPixels(joined)}\n`}cluster, confidence = onnxruntime.InferenceSession("classifier.onnx").run(["cluster", "confidence"], {${joined === null ? '"images": images' : `"${joined.tensor}": pixels`}})
for kind, sure in zip(cluster, confidence): print(f"{names[kind]}\\t{sure:.4f}")
`;
}

function pythonPixels({ normalisation, channelsFirst }: JoinedInput): string {
  const list = (values: readonly number[]) => `np.float32([${values.join(', ')}])`;
  const values =
    normalisation === null
      ? 'images'
      : `(images * ${list(normalisation.scale)} + ${list(normalisation.shift)})`;
  return `np.ascontiguousarray(${values}${channelsFirst ? '.transpose(0, 3, 1, 2)' : ''})`;
}

/** predict.mjs: the same for Node. */
export function nodeSnippet(shape: ImageShape, joined: JoinedInput | null = null): string {
  if (joined !== null) return joinedNodeSnippet(joined);
  const { height, width, channels } = shape;
  const pixels = height * width * channels;
  return `import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
const names = JSON.parse(readFileSync('labels.json', 'utf8'));
const file = readFileSync(process.argv[2] ?? 'examples.npy'); // uint8 (n, height, width, channels)
const pixels = new Uint8Array(file.subarray(10 + file.readUInt16LE(8)));
const images = new Tensor('uint8', pixels, [pixels.length / ${pixels}, ${height}, ${width}, ${channels}]);
const { cluster, confidence } = await (await InferenceSession.create('classifier.onnx')).run({ images });
cluster.data.forEach((kind, at) => console.log(\`\${names[kind]}\\t\${confidence.data[at].toFixed(4)}\`));
`;
}

function joinedNodeSnippet({
  tensor,
  type,
  sides,
  height,
  width,
  channelsFirst,
  normalisation,
}: JoinedInput) {
  const area = height * width;
  const size = 3 * area;
  const { scale, shift } = normalisation ?? { scale: [1, 1, 1], shift: [0, 0, 0] };
  const array = type === 'uint8' ? 'Uint8Array' : 'Float32Array';
  const channel = channelsFirst ? `Math.floor(at / ${area}) % 3` : 'at % 3';
  const source = channelsFirst ? `at - (at % ${size}) + (at % ${area}) * 3 + channel(at)` : 'at';
  return `import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
const names = JSON.parse(readFileSync('labels.json', 'utf8'));
const file = readFileSync(process.argv[2] ?? 'examples.npy'); // uint8 (n, height, width, channels)
const bytes = new Uint8Array(file.subarray(10 + file.readUInt16LE(8)));
const [scale, shift] = [[${scale.join(', ')}], [${shift.join(', ')}]];
const channel = (at) => ${channel};
const pixels = ${array}.from(bytes, (_, at) => bytes[${source}] * scale[channel(at)] + shift[channel(at)]);
const images = new Tensor('${type}', pixels, [pixels.length / ${size}, ${sides.join(', ')}]);
const { cluster, confidence } = await (await InferenceSession.create('classifier.onnx')).run({ ${tensor}: images });
cluster.data.forEach((kind, at) => console.log(\`\${names[kind]}\\t\${confidence.data[at].toFixed(4)}\`));
`;
}
