// Programs of eight lines that use an exported classifier: the tests run these very files.
import type { ImageShape } from '../data/source.js';

/** predict.py: kinds of the images in a .npy file. */
export function pythonSnippet(): string {
  return `import json, sys
import numpy as np
import onnxruntime

names = json.load(open("labels.json", encoding="utf-8"))
images = np.load(sys.argv[1] if len(sys.argv) > 1 else "examples.npy")  # uint8 (n, height, width, channels)
cluster, confidence = onnxruntime.InferenceSession("classifier.onnx").run(["cluster", "confidence"], {"images": images})
for kind, sure in zip(cluster, confidence): print(f"{names[kind]}\\t{sure:.4f}")
`;
}

/** predict.mjs: the same for Node. */
export function nodeSnippet({ height, width, channels }: ImageShape): string {
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
