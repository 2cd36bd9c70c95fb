// A classifier in Python's onnxruntime.
import { runPython } from './peers.js';

export interface PythonClassification {
  /** Name and element type of the input. */
  readonly input: readonly [string, string];
  /** Element types of `cluster` and `confidence`. */
  readonly types: readonly [string, string];
  readonly cluster: number[];
  readonly confidence: number[];
}

const CLASSIFY = `
import json, sys
import numpy, onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1], providers=['CPUExecutionProvider'])
images = numpy.frombuffer(open(sys.argv[2], 'rb').read(), numpy.uint8, offset=16).reshape(-1, 28, 28, 1)
[name] = [each.name for each in session.get_inputs()]
found = dict(zip(['cluster', 'confidence'], session.run(['cluster', 'confidence'], {name: images})))
print(json.dumps(dict(input=[name, session.get_inputs()[0].type],
    types=[found['cluster'].dtype.name, found['confidence'].dtype.name],
    cluster=found['cluster'].tolist(), confidence=found['confidence'].tolist())))
`;

/** The IDX file of 28 × 28 images at `images` through the model at `model`. */
export function classifyInPython(model: string, images: string): PythonClassification {
  return JSON.parse(runPython(CLASSIFY, model, images)) as PythonClassification;
}
