import fc from 'fast-check';
import { expect, it } from 'vitest';
import { distinctNames } from '#kindred/export/records.js';
import { createNameBook, safeName } from '#kindred/export/target.js';

it('a safe name is one name on every system', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
      const name = safeName(text);
      expect(name).not.toMatch(/[<>:"/\\|?*\p{Cc}]/u);
      expect(name).not.toMatch(/^[\s.]|[\s.]$/);
      expect(name).not.toBe('');
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(121);
      expect(safeName(name)).toBe(name);
    }),
  );
  expect(safeName('..')).toBe('_');
  expect(safeName('NUL.txt')).toBe('_NUL.txt');
  expect(safeName(`${'字'.repeat(90)}.png`)).toMatch(/^字{38}\.png$/);
});

it('a name book gives no name twice, whatever the case', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a.png', 'A.png', 'a-2.png', 'b')), (names) => {
      const given = names.map(createNameBook());
      expect(new Set(given.map((name) => name.toLowerCase())).size).toBe(names.length);
    }),
  );
});

it('names of kinds are told apart', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('', 'a', 'a (1)', 'a (0)', 'b')), (names) => {
      const distinct = distinctNames(names.map((name, cluster) => ({ name, cluster })));
      expect(new Set(distinct).size).toBe(names.length);
    }),
  );
});
