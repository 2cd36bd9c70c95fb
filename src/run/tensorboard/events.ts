// The messages of a TensorBoard file. Field numbers: tensorflow/core/util/event.proto and
// tensorflow/core/framework/{summary,histogram,tensor}.proto.
import { type ProtobufMessage, protobuf } from '../../core/protobuf.js';
import type { Histogram } from './histogram.js';
import type { EncodedImage } from './images.js';

/** When an event happened: seconds since 1970, and the training step. */
export interface EventTime {
  readonly wallSeconds: number;
  readonly step: number;
}

/** The event that every file begins with; version 2 makes readers obey `sessionStartEvent`. */
export function fileVersionEvent(time: EventTime): ProtobufMessage {
  return event(time).string(3, 'brain.Event:2').message(10, protobuf().string(1, 'kindred'));
}

/** Says that the training goes on from `time.step`: points of that step and later, read before, are void. */
export function sessionStartEvent(time: EventTime): ProtobufMessage {
  const START = 1;
  return event(time).message(7, protobuf().varint(1, START));
}

/** A value of a summary: made by the functions below. */
export function summaryEvent(time: EventTime, value: ProtobufMessage): ProtobufMessage {
  return event(time).message(5, protobuf().message(1, value));
}

/** `value` is kept as float32. */
export function scalarValue(tag: string, value: number): ProtobufMessage {
  return protobuf().string(1, tag).float(2, value);
}

export function histogramValue(tag: string, histogram: Histogram): ProtobufMessage {
  const message = protobuf()
    .double(1, histogram.minimum)
    .double(2, histogram.maximum)
    .double(3, histogram.count)
    .double(4, histogram.sum)
    .double(5, histogram.sumOfSquares)
    .packedDoubles(6, histogram.limits)
    .packedDoubles(7, histogram.counts);
  return protobuf().string(1, tag).message(5, message);
}

/** The colour space numbers of the format are the channel counts: 1 grey … 4 RGB with alpha. */
export function imageValue(tag: string, image: EncodedImage): ProtobufMessage {
  const message = protobuf()
    .varint(1, image.height)
    .varint(2, image.width)
    .varint(3, image.channels)
    .bytes(4, image.png);
  return protobuf().string(1, tag).message(4, message);
}

/** A value that a plugin reads from its metadata; the tensor beside it is empty. */
export function pluginValue(tag: string, plugin: string, content: ProtobufMessage): ProtobufMessage {
  const FLOAT = 1;
  const emptyVector = protobuf().message(2, protobuf().varint(1, 0));
  const emptyTensor = protobuf().varint(1, FLOAT).message(2, emptyVector);
  const metadata = protobuf().message(1, protobuf().string(1, plugin).message(2, content));
  return protobuf().string(1, tag).message(8, emptyTensor).message(9, metadata);
}

function event({ wallSeconds, step }: EventTime): ProtobufMessage {
  return protobuf().double(1, wallSeconds).varint(2, step);
}
