// Writes zip, tar and npy files for tests, sound and crafted ones, from the descriptions of the formats.
import { crc32, deflateRawSync } from 'node:zlib';
import { packTar, type TarEntry } from 'modern-tar';

export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly deflated?: boolean;
  /** General purpose flags; 1: encrypted. */
  readonly flags?: number;
  /** Compression method to announce instead of the one used. */
  readonly method?: number;
  /** Unpacked size to announce instead of the true one. */
  readonly announced?: number;
  /** The packed bytes, where the same are used several times. */
  readonly packed?: Uint8Array;
}

/** A zip file of these entries, names in UTF-8. */
export function encodeZip(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { name, bytes, deflated = false, flags = 0, announced = bytes.length } = entry;
    const encodedName = Buffer.from(name);
    const plain = Buffer.from(entry.packed ?? (deflated ? deflateRawSync(bytes) : bytes));
    // Encrypted bytes begin with a header of twelve.
    const packed = (flags & 1) === 0 ? plain : Buffer.concat([Buffer.alloc(12), plain]);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(flags | 0x0800, 2);
    shared.writeUInt16LE(entry.method ?? (deflated ? 8 : 0), 4);
    shared.writeUInt32LE(entry.packed === undefined ? crc32(bytes) : 0, 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(announced, 18);
    shared.writeUInt16LE(encodedName.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), shared, encodedName, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), shared, tail, encodedName]));
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}

/** A tar file of files by name. */
export async function encodeTar(files: Readonly<Record<string, Uint8Array>>): Promise<Buffer> {
  return tarOf(
    Object.entries(files).map(([name, body]) => ({
      header: { name, size: body.length, type: 'file' },
      body,
    })),
  );
}

export async function tarOf(entries: readonly TarEntry[]): Promise<Buffer> {
  return Buffer.from(await packTar(entries));
}

/** A .npy file of version 1: `descr` such as `<f4`, `shape` such as `(2, 3)`. */
export function encodeNpy(
  descr: string,
  shape: string,
  values: Uint8Array,
  { fortran = false, version = 1 } = {},
): Buffer {
  const text = `{'descr': ${descr}, 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${shape}, }`;
  const header = `${text.padEnd(117)}\n`;
  const prefix = Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\x00\x00\x00`, 'latin1');
  prefix.writeUInt16LE(header.length, 8);
  return Buffer.concat([prefix, Buffer.from(header, 'latin1'), values]);
}
