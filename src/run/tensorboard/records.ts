// TFRecord framing: what makes a file of protobuf messages survive a crash. A reader that meets a torn last
// record stops before it. Format: https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details
import { maskedCrc32c } from './crc32c.js';

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
