// The writer against a reader of its own, written from the format's description.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { protobuf } from '#kindred/core/protobuf.js';
import { hasPython, runPython } from '../support/peers.js';

interface Field {
  readonly field: number;
  readonly wireType: number;
  /** The number of a varint, or the bytes of anything else. */
  readonly value: bigint | Uint8Array;
}

/** https://protobuf.dev/programming-guides/encoding/ */
function readFields(encoded: Uint8Array): Field[] {
  const fields: Field[] = [];
  let position = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = BigInt(encoded[position++]);
      value |= (byte & 127n) << shift;
      if (byte < 128n) return value;
    }
  };
  while (position < encoded.length) {
    const tag = Number(varint());
    const [field, wireType] = [tag >> 3, tag & 7];
    if (wireType === 0) {
      fields.push({ field, wireType, value: varint() });
      continue;
    }
    const length = wireType === 1 ? 8 : wireType === 5 ? 4 : Number(varint());
    fields.push({ field, wireType, value: encoded.slice(position, position + length) });
    position += length;
  }
  expect(position).toBe(encoded.length);
  return fields;
}

const fieldNumbers = fc.integer({ min: 1, max: 2 ** 28 - 1 });

describe('fields', () => {
  it('of whole numbers, negative ones as 64-bit complements', () => {
    fc.assert(
      fc.property(fieldNumbers, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (field, value) => {
        const [read] = readFields(protobuf().varint(field, value).encode());
        expect(read).toEqual({ field, wireType: 0, value: BigInt.asUintN(64, value) });
      }),
    );
    expect([...protobuf().varint(1, 150).encode()]).toEqual([0x08, 0x96, 0x01]);
    expect(protobuf().varint(1, -1).byteLength).toBe(11);
  });

  it('of text, which may be in any script', () => {
    fc.assert(
      fc.property(fieldNumbers, fc.string({ unit: 'binary' }), (field, text) => {
        const [read] = readFields(protobuf().string(field, text).encode());
        expect(read).toEqual({ field, wireType: 2, value: new TextEncoder().encode(text) });
      }),
    );
  });

  it('of floating point numbers, little-endian', () => {
    fc.assert(
      fc.property(fc.double(), fc.float(), (wide, narrow) => {
        const [first, second] = readFields(protobuf().double(3, wide).float(4, narrow).encode());
        expect([first.field, first.wireType, second.field, second.wireType]).toEqual([3, 1, 4, 5]);
        expect(view(first).getFloat64(0, true)).toBe(wide);
        expect(view(second).getFloat32(0, true)).toBe(narrow);
      }),
    );
  });

  it('of packed doubles', () => {
    const [{ wireType, value }] = readFields(protobuf().packedDoubles(6, [1.5, -2, 1e300]).encode());
    expect(wireType).toBe(2);
    expect([...new Float64Array((value as Uint8Array).slice().buffer)]).toEqual([1.5, -2, 1e300]);
  });

  it('come in the order of the calls', () => {
    const encoded = protobuf().varint(5, 1).string(2, 'a').varint(5, 2).encode();
    expect(readFields(encoded).map(({ field }) => field)).toEqual([5, 2, 5]);
  });
});

describe('messages inside messages', () => {
  it('of any size, where the length takes one byte or several', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20_000 }), (length) => {
        const content = new Uint8Array(length).fill(7);
        const inner = protobuf().bytes(1, content).varint(2, 3);
        const outer = protobuf().message(4, inner).varint(5, 6);
        expect(outer.byteLength).toBe(outer.encode().length);
        const [message, after] = readFields(outer.encode());
        expect(after.value).toBe(6n);
        const [bytes, number] = readFields(message.value as Uint8Array);
        expect(Buffer.compare(bytes.value as Uint8Array, content)).toBe(0);
        expect(number.value).toBe(3n);
      }),
      { numRuns: 30 },
    );
  });

  it('may be empty', () => {
    expect([...protobuf().message(1, protobuf()).encode()]).toEqual([0x0a, 0]);
  });
});

describe.skipIf(!hasPython('google.protobuf'))("Google's own reader", () => {
  it('finds the same fields', () => {
    // FileDescriptorProto: name = 1, message_type = 4 (DescriptorProto: name = 1), public_dependency = 10.
    const inner = protobuf().string(1, 'Élan');
    const encoded = protobuf().string(1, 'a.proto').message(4, inner).varint(10, 7).varint(10, -7).encode();
    const program = `
import sys
from google.protobuf.descriptor_pb2 import FileDescriptorProto
file = FileDescriptorProto.FromString(bytes.fromhex(sys.argv[1]))
print(file.name, ascii(file.message_type[0].name), list(file.public_dependency))`;
    const printed = runPython(program, Buffer.from(encoded).toString('hex'));
    expect(printed.trim()).toBe("a.proto '\\xc9lan' [7, -7]");
  });
});

function view({ value }: Field): DataView {
  const bytes = value as Uint8Array;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
