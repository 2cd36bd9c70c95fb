// Just enough of the Protocol Buffers wire format to write ONNX models and TensorBoard events.
// Format: https://protobuf.dev/programming-guides/encoding/

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

  function add(part: Uint8Array | ProtobufMessage): void {
    parts.push(part);
    byteLength += part.byteLength;
  }

  const message: ProtobufMessage = {
    varint(field, value) {
      add(varintBytes(field * 8));
      add(varintBytes(value));
      return message;
    },
    float(field, value) {
      add(varintBytes(field * 8 + 5));
      add(new Uint8Array(Float32Array.of(value).buffer));
      return message;
    },
    double(field, value) {
      add(varintBytes(field * 8 + 1));
      add(new Uint8Array(Float64Array.of(value).buffer));
      return message;
    },
    string: (field, text) => message.bytes(field, textEncoder.encode(text)),
    bytes(field, bytes) {
      add(varintBytes(field * 8 + 2));
      add(varintBytes(bytes.length));
      add(bytes);
      return message;
    },
    message(field, child) {
      add(varintBytes(field * 8 + 2));
      add(varintBytes(child.byteLength));
      add(child);
      return message;
    },
    encoded(fields) {
      add(fields);
      return message;
    },
    packedDoubles: (field, values) => message.bytes(field, new Uint8Array(Float64Array.from(values).buffer)),
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
