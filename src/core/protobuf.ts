// Just enough of the Protocol Buffers wire format to write ONNX models and TensorBoard events, and to take a message apart.
// Format: https://protobuf.dev/programming-guides/encoding/
import { bytesOf } from './files.js';

/** A message being written. Fields appear in the order of the calls; every method returns the message. */
export interface ProtobufMessage {
  /** Field of wire type 0: int32, int64, bool, enum; negative numbers take ten bytes, as the format asks. */
  varint(field: number, value: number | bigint): ProtobufMessage;
  /** Field of wire type 5. */
  float(field: number, value: number): ProtobufMessage;
  /** Field of wire type 1. */
  double(field: number, value: number): ProtobufMessage;
  string(field: number, text: string): ProtobufMessage;
  bytes(field: number, bytes: Uint8Array): ProtobufMessage;
  message(field: number, message: ProtobufMessage): ProtobufMessage;
  /** Fields that are encoded already, tags and all. */
  encoded(fields: Uint8Array): ProtobufMessage;
  /** A packed repeated field of doubles. */
  packedDoubles(field: number, values: ArrayLike<number>): ProtobufMessage;
  readonly byteLength: number;
  /** The encoded message; large byte fields are copied once, here. */
  encode(): Uint8Array<ArrayBuffer>;
  /** Writes the encoding into `target` from `offset`; returns the offset after it. */
  encodeInto(target: Uint8Array, offset: number): number;
}

const textEncoder = new TextEncoder();

export function protobuf(): ProtobufMessage {
  const parts: (Uint8Array | ProtobufMessage)[] = [];
  let byteLength = 0;

  function add(...added: readonly (Uint8Array | ProtobufMessage)[]): ProtobufMessage {
    for (const part of added) byteLength += part.byteLength;
    parts.push(...added);
    return message;
  }

  const withLength = (field: number, part: Uint8Array | ProtobufMessage): ProtobufMessage =>
    add(varintBytes(field * 8 + 2), varintBytes(part.byteLength), part);

  const message: ProtobufMessage = {
    varint: (field, value) => add(varintBytes(field * 8), varintBytes(value)),
    float: (field, value) => add(varintBytes(field * 8 + 5), bytesOf(Float32Array.of(value))),
    double: (field, value) => add(varintBytes(field * 8 + 1), bytesOf(Float64Array.of(value))),
    string: (field, text) => withLength(field, textEncoder.encode(text)),
    bytes: withLength,
    message: withLength,
    encoded: (fields) => add(fields),
    packedDoubles: (field, values) => withLength(field, bytesOf(Float64Array.from(values))),
    get byteLength() {
      return byteLength;
    },
    encode() {
      const target = new Uint8Array(byteLength);
      message.encodeInto(target, 0);
      return target;
    },
    encodeInto(target, offset) {
      let position = offset;
      for (const part of parts) {
        if (part instanceof Uint8Array) {
          target.set(part, position);
          position += part.length;
        } else {
          position = part.encodeInto(target, position);
        }
      }
      return position;
    },
  };
  return message;
}

function varintBytes(value: number | bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

/** A field of an encoded message. */
export interface ProtobufField {
  readonly number: number;
  /** 0: varint, 1: eight bytes, 2: bytes, text or a message, 5: four bytes. */
  readonly wireType: number;
  /** Of wire type 2 the content, else the encoded value: a view into the message. */
  readonly content: Uint8Array;
  /** Tag and value as they stand in the message. */
  readonly encoded: Uint8Array;
}

/** The fields one after the other, without knowing what they mean. Throws an Error where the bytes are no message. */
export function* protobufFields(message: Uint8Array): Generator<ProtobufField> {
  let position = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[position++];
      if (byte === undefined || factor > 2 ** 63) throw new Error('protobuf: a number is cut off');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (position < message.length) {
    const start = position;
    const tag = varint();
    const wireType = tag % 8;
    let valueStart = position;
    if (wireType === 0) varint();
    else if (wireType === 1) position += 8;
    else if (wireType === 5) position += 4;
    else if (wireType === 2) {
      const length = varint();
      valueStart = position;
      position += length;
    } else throw new Error(`protobuf: wire type ${wireType} is none that is in use`);
    if (position > message.length) throw new Error('protobuf: a field is cut off');
    yield {
      number: Math.floor(tag / 8),
      wireType,
      content: message.subarray(valueStart, position),
      encoded: message.subarray(start, position),
    };
  }
}

const textDecoder = new TextDecoder();

/** The text of a field of wire type 2. */
export function protobufText({ content }: ProtobufField): string {
  return textDecoder.decode(content);
}

/** The value of a field of wire type 0, where it is not negative and at most 2⁵³. */
export function protobufNumber({ content }: ProtobufField): number {
  return content.reduceRight((value, byte) => value * 128 + (byte & 127), 0);
}
