// The thread that asks a run's models: classifier.onnx says the kind, encoder.onnx the code whose nearest images the server finds.
// Of a run whose images are compared by an encoder, encoder.onnx makes the vectors that classifier.onnx takes.
import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import { type EncoderUse, pixelsFor, unitVectors } from '../../core/pictures/encoding.js';
import { prepared } from '../../core/pictures/preparation.js';
import type { Raster } from '../../core/pictures/raster.js';
import { fetchBytes, postFile, runPath, sentenceOf } from './api.js';
import type { Answer, Classified, Opening, Reply, Shown } from './classify.js';

type Ask = (shown: Shown) => Promise<Answer>;

// One image is answered at once; threads of its own would load this file again.
env.wasm.numThreads = 1;

let ask: Ask | null = null;

addEventListener('message', ({ data }: MessageEvent<Opening | Shown>) => {
  void reply(data).then((said) => postMessage(said));
});

async function reply(question: Opening | Shown): Promise<Reply> {
  try {
    if (!('is' in question)) {
      ask = await open(question);
      return { answer: null };
    }
    if (ask === null) throw new Error('The models are not loaded.');
    return { answer: await ask(question) };
  } catch (error) {
    return { failed: sentenceOf(error) };
  }
}

async function open({ tag, shape, encoder }: Opening): Promise<Ask> {
  const [coder, classifier] = [await openModel(tag, 'encoder'), await openModel(tag, 'classifier')];
  if (encoder !== null) {
    return async (shown) => {
      const seen = await seenBy(tag, encoder, shown);
      const vectors = await vectorOf(coder, encoder, seen.data);
      const outputs = await classifier.run({ features: new Tensor('float32', vectors, [1, vectors.length]) });
      return { found: judged(outputs, outputs.code), seen };
    };
  }
  return async (shown) => {
    if (shown.is !== 'image') throw new Error('This run is asked about images of its own shape.');
    const { height, width, channels } = shape;
    const images = new Tensor('uint8', shown.image.data, [1, height, width, channels]);
    const outputs = await classifier.run({ images });
    const { code } = await coder.run({ images });
    return { found: judged(outputs, code), seen: shown.image };
  };
}

async function openModel(tag: string, name: 'encoder' | 'classifier'): Promise<InferenceSession> {
  const model = await fetchBytes(runPath(tag, 'model', `${name}.onnx`));
  const size = `${(model.byteLength / 1e6).toFixed(1)} MB`;
  try {
    return await InferenceSession.create(model, { executionProviders: ['wasm'], logSeverityLevel: 3 });
  } catch (error) {
    // Where memory runs out, what is thrown is a number.
    const [why] = sentenceOf(error).split('\n');
    throw new Error(
      `${name}.onnx of the run (${size}) cannot be opened in this browser (${why}): kindred predict answers for files.`,
    );
  }
}

type Outputs = InferenceSession.OnnxValueMapType;

function judged({ cluster, confidence, known }: Outputs, code: Outputs[string]): Classified {
  return {
    kind: Number(cluster.data[0]),
    confidence: Number(confidence.data[0]),
    isKnown: known === undefined || Boolean(known.data[0]),
    code: Array.from(code.data as Float32Array),
  };
}

/** What is shown, as the encoder wants to see it. */
async function seenBy(tag: string, encoder: NonNullable<Opening['encoder']>, shown: Shown): Promise<Raster> {
  const { preparation } = encoder;
  const { height, width } = preparation;
  const imageOf = (data: Uint8Array): Raster => ({ height, width, channels: 3, data });
  switch (shown.is) {
    case 'raster':
      return imageOf(prepared(shown.raster, preparation));
    case 'file':
      // The decoders of browsers differ from those that a pile is read with, above all where a JPEG is large.
      return imageOf(new Uint8Array(await postFile(runPath(tag, 'encoder', 'picture'), shown.file)));
    case 'number':
      return imageOf(new Uint8Array(await fetchBytes(runPath(tag, 'encoder', 'images', shown.image))));
    case 'image':
      throw new Error('This run is asked about pictures.');
  }
}

/** image (height · width · 3) → its vector, of unit length. */
async function vectorOf(
  session: InferenceSession,
  use: EncoderUse,
  image: Uint8Array,
): Promise<Float32Array> {
  // A model for several images at once gets black ones beside it.
  const rows = use.input.rows ?? 1;
  const images = new Uint8Array(rows * image.length);
  images.set(image);
  const { values, shape } = pixelsFor(use, images);
  const input =
    values instanceof Uint8Array ? new Tensor('uint8', values, shape) : new Tensor('float32', values, shape);
  const { [use.output.name]: output } = await session.run({ [use.input.name]: input }, [use.output.name]);
  const found = { data: output.data as Float32Array, dims: output.dims };
  const { data, columns } = unitVectors('encoder.onnx', found, rows);
  return data.slice(0, columns);
}
