import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '#kindred/core/errors.js';
import { csvLine, parseCsv, readRunCsv, writeCsv } from '#kindred/run/files/csv.js';
import { temporaryFolder } from '../support/folders.js';
import { hasPython, runPython } from '../support/peers.js';

// Letters that matter to a CSV reader come up often.
const field = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\n', '\r', ' ', '😀', '\ufeff') });
const table = fc
  .integer({ min: 1, max: 4 })
  .chain((width) => fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1 }));

describe('CSV', () => {
  it('quotes only where it must', () => {
    expect(csvLine(['a', 1.5, true, 'x y'])).toBe('a,1.5,true,x y\n');
    expect(csvLine(['a,b', 'say "hi"', 'two\nlines', '=1+1'])).toBe('"a,b","say ""hi""","two\nlines",=1+1\n');
  });

  it('reads back what it wrote, whatever the fields hold', () => {
    fc.assert(
      fc.property(table, (rows) => {
        // A mark at the very start of a file is its encoding, not text.
        fc.pre(!rows[0][0].startsWith('\ufeff'));
        expect(parseCsv(rows.map(csvLine).join(''), 'test.csv')).toEqual(rows);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['carriage returns', 'a,b\r\n1,2\r\n'],
    ['no last line break', 'a,b\n1,2'],
    ['a byte order mark', '\ufeffa,b\n1,2\n'],
    ['empty lines', 'a,b\n\n1,2\n\n'],
  ])('takes %s', (_, text) => {
    const rows = [
      ['a', 'b'],
      ['1', '2'],
    ];
    expect(parseCsv(text, 'test.csv')).toEqual(rows);
  });

  it('keeps an empty last field at the end of the file', () => {
    expect(parseCsv('a,', 'test.csv')).toEqual([['a', '']]);
  });

  it('names the line of a quote that is wrong', () => {
    expect(() => parseCsv('a\n"b', 'x.csv')).toThrow(
      new InputError('x.csv, line 2: a quoted field is never closed: restore the file.'),
    );
    expect(() => parseCsv('a\nb\n"c"d\n', 'x.csv')).toThrow(/x\.csv, line 3: text after a closing quote/);
  });

  it('writes more rows than one piece holds', () => {
    const folder = temporaryFolder();
    const rows = Array.from({ length: 40_000 }, (_, index) => [String(index), `name, ${index}`]);
    writeCsv(join(folder, 'long.csv'), ['id', 'name'], rows);
    expect(readRunCsv(folder, 'long.csv', ['id', 'name'])).toEqual(rows);
  });

  it('refuses another header, a short row and a missing file', () => {
    const folder = temporaryFolder();
    writeCsv(join(folder, 'a.csv'), ['id', 'name'], [['1']]);
    expect(() => readRunCsv(folder, 'a.csv', ['id', 'label'])).toThrow(
      /starts with "id,name" instead of "id,label"/,
    );
    expect(() => readRunCsv(folder, 'a.csv', ['id', 'name'])).toThrow(/row 1 has 1 fields instead of 2/);
    expect(() => readRunCsv(folder, 'b.csv', ['id'])).toThrow(InputError);
  });

  describe.skipIf(!hasPython('csv'))('with Python', () => {
    it('is what the csv module reads', () => {
      const rows = [
        ['id', 'name'],
        ['cat "one", left', 'two\nlines'],
        ['ünï', ''],
      ];
      const path = join(temporaryFolder(), 'python.csv');
      writeCsv(path, rows[0], rows.slice(1));
      const read = runPython(
        'import csv,json,sys; print(json.dumps(list(csv.reader(open(sys.argv[1], newline="")))))',
        path,
      );
      expect(JSON.parse(read)).toEqual(rows);
      expect(readFileSync(path, 'utf8').endsWith('ünï,\n')).toBe(true);
    });
  });
});
