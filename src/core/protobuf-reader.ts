// The other direction of protobuf.ts: the fields of an encoded message, one after the other, without knowing what they
// mean.
// Format: https://protobuf.dev/programming-guides/encoding/

export interface ProtobufField {
  readonly number: number;
  /** 0: varint, 1: eight bytes, 2: bytes, text or a message, 5: four bytes. */
  readonly wireType: number;
  /** Of wire type 2 the content, else the encoded value: a view into the message. */
  readonly content: Uint8Array;
  /** Tag and value as they stand in the message. */
  readonly encoded: Uint8Array;
}

/** Throws an Error where the bytes are no message. */
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
