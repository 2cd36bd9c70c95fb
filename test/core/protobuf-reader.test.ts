// Fields come out of a message as they went in, and damaged messages are refused.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { protobuf, protobufFields, protobufNumber, protobufText } from '#kindred/core/protobuf.js';

type Field =
  | { kind: 'number'; value: number }
  | { kind: 'text'; value: string }
  | { kind: 'float' | 'double'; value: number };

const field: fc.Arbitrary<Field> = fc.oneof(
  fc.record({ kind: fc.constant('number' as const), value: fc.nat({ max: Number.MAX_SAFE_INTEGER }) }),
  fc.record({ kind: fc.constant('text' as const), value: fc.string({ unit: 'grapheme', maxLength: 300 }) }),
  fc.record({ kind: fc.constantFrom('float' as const, 'double' as const), value: fc.integer() }),
);
const message = fc.array(fc.tuple(fc.integer({ min: 1, max: 3000 }), field), { maxLength: 12 });

function encode(fields: [number, Field][]): Uint8Array {
  const proto = protobuf();
  for (const [number, { kind, value }] of fields) {
    if (kind === 'number') proto.varint(number, value);
    else if (kind === 'text') proto.string(number, value);
    else if (kind === 'float') proto.float(number, value);
    else proto.double(number, value);
  }
  return proto.encode();
}

describe('reading a message', () => {
  it('gives back numbers, types and values of all fields, in order', () => {
    fc.assert(
      fc.property(message, (fields) => {
        const read = [...protobufFields(encode(fields))].map((found) => {
          const view = new DataView(found.content.buffer, found.content.byteOffset, found.content.byteLength);
          const value =
            found.wireType === 0
              ? protobufNumber(found)
              : found.wireType === 2
                ? protobufText(found)
                : found.wireType === 5
                  ? view.getFloat32(0, true)
                  : view.getFloat64(0, true);
          return [found.number, value];
        });
        expect(read).toEqual(
          fields.map(([number, { kind, value }]) => [
            number,
            kind === 'float' ? Math.fround(value as number) : value,
          ]),
        );
      }),
    );
  });

  it('gives fields that can be put together again', () => {
    fc.assert(
      fc.property(message, (fields) => {
        const encoded = encode(fields);
        const copy = protobuf();
        for (const found of protobufFields(encoded)) copy.encoded(found.encoded);
        expect(copy.encode()).toEqual(encoded);
      }),
    );
  });

  it('refuses what is cut off or no message', () => {
    const text = protobuf().string(7, 'kindred').encode();
    for (let length = 1; length < text.length; length++) {
      expect(() => [...protobufFields(text.subarray(0, length))]).toThrow(/cut off/);
    }
    expect(() => [...protobufFields(Uint8Array.of(0x0b))]).toThrow('wire type 3');
    expect(() => [...protobufFields(new Uint8Array(12).fill(0xff))]).toThrow(/cut off/);
  });
});
