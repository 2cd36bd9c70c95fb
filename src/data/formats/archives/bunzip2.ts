// Unpacks bzip2 as a stream, a block of at most 900 kB at a time. Node has no bzip2, and the packages that have one are
// unkept or want the whole file in memory.
// Format: "bzip2 File Format" (Joe Tsai 2016), which describes what bzip2 1.0 writes.

const BLOCK_MAGIC = 0x314159265359;
const END_MAGIC = 0x177245385090;
/** No block takes more packed: 20 bits for each of 900,000 symbols, and its tables. */
const BLOCK_ROOM = 5 << 19;
const MOST_CODE_BITS = 20;
/** Symbols of a block that are coded by one table before the next is chosen. */
const GROUP_SYMBOLS = 50;

/** Throws an Error where the data is damaged or ends too early. */
export async function* bunzip2(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  const reader = new BitReader();
  let isAtEnd = false;
  const refill = async () => {
    while (!isAtEnd && reader.bytesLeft < BLOCK_ROOM) {
      const { done, value } = await source.next();
      if (done) isAtEnd = true;
      else reader.add(value);
    }
  };
  try {
    await refill();
    do {
      yield* streamOf(reader, refill);
      await refill();
      // Streams may follow each other, as parallel bzip2 writes them.
    } while (reader.bytesLeft > 0);
  } finally {
    await source.return?.();
  }
}

async function* streamOf(reader: BitReader, refill: () => Promise<void>): AsyncGenerator<Uint8Array> {
  if (reader.bits(24) !== 0x425a68) throw new Error('it does not begin as bzip2 does');
  const level = reader.bits(8) - 0x30;
  if (level < 1 || level > 9) throw new Error('its block size is none that there is');
  const places = new Uint32Array(level * 100_000);
  let whole = 0;
  for (;;) {
    await refill();
    const magic = reader.bits(24) * 2 ** 24 + reader.bits(24);
    const announced = reader.bits(32);
    if (magic === END_MAGIC) {
      if (announced !== whole) throw new Error('its check sum is wrong');
      reader.toByte();
      return;
    }
    if (magic !== BLOCK_MAGIC) throw new Error('a block begins wrongly');
    const block = unpackBlock(reader, places);
    const sum = checkSum(block);
    if (sum !== announced) throw new Error("a block's check sum is wrong");
    whole = (((whole << 1) | (whole >>> 31)) ^ sum) >>> 0;
    yield block;
  }
}

/** Bits from the most significant on, over bytes that come in pieces. */
class BitReader {
  #bytes = Buffer.alloc(0);
  #at = 0;
  #held = 0;
  #count = 0;

  get bytesLeft(): number {
    return this.#bytes.length - this.#at;
  }

  add(chunk: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes.subarray(this.#at), chunk]);
    this.#at = 0;
  }

  /** The next `count` bits, at most 32, as a number. */
  bits(count: number): number {
    if (count > 16) return this.bits(count - 16) * 65_536 + this.bits(16);
    while (this.#count < count) {
      if (this.#at >= this.#bytes.length) throw new Error('it ends too early');
      this.#held = ((this.#held << 8) | this.#bytes[this.#at++]) & 0xff_ffff;
      this.#count += 8;
    }
    this.#count -= count;
    return (this.#held >>> this.#count) & ((1 << count) - 1);
  }

  /** Leaves the rest of a byte. */
  toByte(): void {
    this.#count -= this.#count % 8;
  }
}

function unpackBlock(reader: BitReader, places: Uint32Array): Uint8Array {
  if (reader.bits(1) === 1) throw new Error('it is of the randomised kind that bzip2 0.9 wrote');
  const origin = reader.bits(24);
  const length = readSymbols(reader, places);
  if (origin >= length) throw new Error('a block has a wrong origin');
  return withRuns(places, length, origin);
}

/** The bytes of the block before sorting is undone, in the low bytes of `places`; returns how many there are. */
function readSymbols(reader: BitReader, places: Uint32Array): number {
  const alphabet = usedBytes(reader);
  const symbols = alphabet.length + 2;
  const tableCount = reader.bits(3);
  const selectorCount = reader.bits(15);
  if (alphabet.length === 0 || tableCount < 2 || tableCount > 6 || selectorCount === 0) {
    throw new Error('a block has wrong tables');
  }
  const order = Array.from({ length: tableCount }, (_, table) => table);
  const selectors = Array.from({ length: selectorCount }, () => {
    let place = 0;
    while (reader.bits(1) === 1) if (++place >= tableCount) throw new Error('a block chooses no table');
    const [table] = order.splice(place, 1);
    order.unshift(table);
    return table;
  });
  const tables = Array.from({ length: tableCount }, () => readTable(reader, symbols));
  let length = 0;
  let [run, weight] = [0, 1];
  for (let count = 0; ; count++) {
    const table = tables[selectors[Math.floor(count / GROUP_SYMBOLS)]];
    if (table === undefined) throw new Error('a block is longer than its tables');
    const symbol = readSymbol(reader, table);
    if (symbol <= 1) {
      // Runs of the foremost byte, as a number of base two with the digits 1 and 2.
      run += weight << symbol;
      weight <<= 1;
      if (run > places.length) throw new Error('a block is too long');
      continue;
    }
    if (length + run > places.length) throw new Error('a block is too long');
    places.fill(alphabet[0], length, length + run);
    length += run;
    [run, weight] = [0, 1];
    if (symbol === symbols - 1) return length;
    if (length >= places.length) throw new Error('a block is too long');
    const byte = alphabet[symbol - 1];
    alphabet.copyWithin(1, 0, symbol - 1);
    alphabet[0] = byte;
    places[length++] = byte;
  }
}

function usedBytes(reader: BitReader): Uint8Array {
  const groups = reader.bits(16);
  const used: number[] = [];
  for (let group = 0; group < 16; group++) {
    if ((groups & (0x8000 >> group)) === 0) continue;
    const bytes = reader.bits(16);
    for (let byte = 0; byte < 16; byte++) if ((bytes & (0x8000 >> byte)) !== 0) used.push(group * 16 + byte);
  }
  return Uint8Array.from(used);
}

/** Canonical Huffman codes by their length. */
interface CodeTable {
  /** Of each length the last code, the place of the first symbol less its code; symbols in the order of their codes. */
  readonly last: Int32Array;
  readonly shift: Int32Array;
  readonly symbols: Uint16Array;
}

function readTable(reader: BitReader, count: number): CodeTable {
  const lengths = new Uint8Array(count);
  let length = reader.bits(5);
  for (let symbol = 0; symbol < count; symbol++) {
    while (reader.bits(1) === 1) length += reader.bits(1) === 0 ? 1 : -1;
    if (length < 1 || length > MOST_CODE_BITS) throw new Error('a code has a wrong length');
    lengths[symbol] = length;
  }
  const last = new Int32Array(MOST_CODE_BITS + 1).fill(-1);
  const shift = new Int32Array(MOST_CODE_BITS + 1);
  const symbols = new Uint16Array(count);
  let [code, place] = [0, 0];
  for (let bits = 1; bits <= MOST_CODE_BITS; bits++) {
    shift[bits] = place - code;
    for (let symbol = 0; symbol < count; symbol++) {
      if (lengths[symbol] !== bits) continue;
      symbols[place++] = symbol;
      last[bits] = code++;
    }
    code <<= 1;
  }
  return { last, shift, symbols };
}

function readSymbol(reader: BitReader, { last, shift, symbols }: CodeTable): number {
  let code = 0;
  for (let bits = 1; bits <= MOST_CODE_BITS; bits++) {
    code = (code << 1) | reader.bits(1);
    if (code <= last[bits]) return symbols[code + shift[bits]];
  }
  throw new Error('a code is none that there is');
}

/** Undoes the sorting (Burrows & Wheeler 1994) and the runs: four equal bytes are followed by how many more there are. */
function withRuns(places: Uint32Array, length: number, origin: number): Uint8Array {
  const starts = new Uint32Array(256);
  for (let at = 0; at < length; at++) starts[places[at] & 255] += 1;
  for (let byte = 0, sum = 0; byte < 256; byte++) {
    const count = starts[byte];
    starts[byte] = sum;
    sum += count;
  }
  for (let at = 0; at < length; at++) places[starts[places[at] & 255]++] |= at << 8;
  let bytes = new Uint8Array(length + (length >> 1));
  let [end, equal, previous] = [0, 0, -1];
  for (let at = 0, next = places[origin] >>> 8; at < length; at++) {
    const byte = places[next] & 255;
    next = places[next] >>> 8;
    const count = equal === 4 ? byte : 1;
    if (end + count > bytes.length) {
      const larger = new Uint8Array(2 * bytes.length + count);
      larger.set(bytes);
      bytes = larger;
    }
    if (equal === 4) {
      bytes.fill(previous, end, end + count);
      equal = 0;
      previous = -1;
    } else {
      bytes[end] = byte;
      equal = byte === previous ? equal + 1 : 1;
      previous = byte;
    }
    end += count;
  }
  return bytes.subarray(0, end);
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = value < 0 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value >>> 0;
});

/** CRC-32 with the most significant bit first. */
function checkSum(bytes: Uint8Array): number {
  let sum = 0xffff_ffff;
  for (const byte of bytes) sum = (sum << 8) ^ CRC_TABLE[(sum >>> 24) ^ byte];
  return ~sum >>> 0;
}
