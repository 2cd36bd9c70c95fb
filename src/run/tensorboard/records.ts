// TFRecord framing: what makes a file of protobuf messages survive a crash. A reader that meets a torn last
// record stops before it. Format: https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details

const HEADER_BYTES = 12;
const FOOTER_BYTES = 4;

/** One record: length (uint64), its checksum, `payload`, its checksum; all little-endian. */
export function frameRecord(payload: Uint8Array): Uint8Array {
  const record = new Uint8Array(HEADER_BYTES + payload.length + FOOTER_BYTES);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(payload.length), true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(payload, HEADER_BYTES);
  view.setUint32(HEADER_BYTES + payload.length, maskedCrc32c(payload), true);
  return record;
}

// CRC-32C (Castagnoli), the checksum of TFRecord files, one table look-up a byte: event files are small, a
// wider table would not be felt. Source: Castagnoli, Bräuer & Herrmann 1993; RFC 3720 appendix B.4.

const REVERSED_POLYNOMIAL = 0x82f63b78;

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) {
    remainder = (remainder >>> 1) ^ (remainder & 1 ? REVERSED_POLYNOMIAL : 0);
  }
  return remainder;
});

/** CRC-32C of `bytes`, from 0 to 2³² − 1. */
export function crc32c(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (let index = 0; index < bytes.length; index++) {
    remainder = (remainder >>> 8) ^ table[(remainder ^ bytes[index]) & 0xff];
  }
  return ~remainder >>> 0;
}

/**
 * CRC-32C as TFRecord stores it: rotated right by 15 bits, plus a constant, so that a checksum of bytes
 * that hold checksums stays meaningful.
 */
export function maskedCrc32c(bytes: Uint8Array): number {
  const checksum = crc32c(bytes);
  return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0;
}
