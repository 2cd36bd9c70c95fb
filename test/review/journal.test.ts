// A person's edits: what they do to the kinds, and that nothing of them is lost.
import { appendFileSync, existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UNTOLD } from '#kindred/core/groups.js';
import type { EditRequest } from '#kindred/review/journal/edits.js';
import { openJournal } from '#kindred/review/journal/journal.js';
import { presentKinds } from '#kindred/review/state.js';
import { readKinds, writeAssignments } from '#kindred/run/files/artefacts.js';
import { readRunCard, writeRunCard } from '#kindred/run/files/card.js';
import { SAID } from '#kindred/run/files/corrections.js';
import { refusal } from '../support/refusal.js';
import { reviewedRun } from '../support/reviewed-run.js';

/** Ten images in three kinds, one of them in none. */
const BEFORE = [0, 0, 0, 0, 1, 1, 1, 2, 2, -1];

function edited(...edits: EditRequest[]) {
  const journal = openJournal(reviewedRun(BEFORE));
  for (const edit of edits) journal.append(edit);
  return journal;
}

describe('an edit', () => {
  it('names a kind', () => {
    const { state, folder } = edited({ do: 'name', kind: 1, name: 'seven' });
    expect(state.kinds.map(({ name, isNamed }) => [name, isNamed])).toEqual([
      ['kind-0', false],
      ['seven', true],
      ['kind-2', false],
    ]);
    expect(readKinds(folder).map(({ name }) => name)).toEqual(['kind-0', 'seven', 'kind-2']);
  });

  it('merges kinds', () => {
    const { state } = edited({ do: 'merge', kinds: [2, 1], into: 0 });
    expect([...state.assignment]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, -1]);
    expect(presentKinds(state).map(({ kind, size }) => [kind, size])).toEqual([[0, 9]]);
  });

  it('splits a kind, and what was said stays with its images', () => {
    const { state } = edited(
      { do: 'move', images: '4', to: 0 },
      { do: 'split', kind: 0, parts: [{ images: '1' }, { images: '3-4' }] },
    );
    expect([...state.assignment]).toEqual([0, 3, 0, 4, 4, 1, 1, 2, 2, -1]);
    expect(state.told[4]).toBe(4);
    expect(state.kinds.map(({ size }) => size)).toEqual([2, 2, 2, 1, 2]);
  });

  it('moves images to a kind, to a new one, and to none', () => {
    const { state } = edited(
      { do: 'move', images: '0,4', to: 2 },
      { do: 'move', images: '5', to: 'new' },
      { do: 'move', images: '8', to: -1 },
    );
    expect([...state.assignment]).toEqual([2, 0, 0, 0, 2, 3, 1, 2, -1, -1]);
    expect([...state.told]).toEqual([2, UNTOLD, UNTOLD, UNTOLD, 2, 3, UNTOLD, UNTOLD, -1, UNTOLD]);
  });

  it('calls a kind junk, and the classifier’s answer too', () => {
    const { state, folder } = edited({ do: 'junk', kind: 1 }, { do: 'name', kind: 0, name: 'zero' });
    expect([...state.assignment]).toEqual([0, 0, 0, 0, -1, -1, -1, 2, 2, -1]);
    expect([...state.told.slice(4, 7)]).toEqual([-1, -1, -1]);
    expect(readKinds(folder).map(({ name }) => name)).toEqual(['zero', 'junk', 'kind-2']);
  });

  it('answers a question, or says that it cannot', () => {
    const { state } = edited(
      { do: 'answer', about: 'group', images: '0-1', was: 0, is: 1 },
      { do: 'answer', about: 'image', images: '7', was: 2, is: null },
      { do: 'answer', about: 'audit', images: '8', was: 2, is: 'new' },
    );
    expect([...state.assignment]).toEqual([1, 1, 0, 0, 1, 1, 1, 2, 3, -1]);
    expect(state.answers).toBe(3);
  });

  it('of a group leaves what was left out of it where it is, and keeps what that was', () => {
    const answer = { do: 'answer', about: 'group', images: '0-1,3', except: '2', was: 0, is: 1 } as const;
    const { folder } = edited(answer);
    const journal = openJournal(folder);
    expect([...journal.state.assignment.subarray(0, 4)]).toEqual([1, 1, 0, 1]);
    expect(journal.state.told[2]).toBe(UNTOLD);
    expect(journal.entries[0].what).toEqual(answer);
    journal.undo();
    expect([...journal.state.assignment]).toEqual(BEFORE);
  });

  it('of a group does not overrule what was said of an image itself', () => {
    const { state } = edited(
      { do: 'answer', about: 'audit', images: '1', was: 0, is: 2 },
      { do: 'move', images: '2-3', to: 1 },
      { do: 'answer', about: 'group', images: '0-3', was: 0, is: 1 },
      { do: 'answer', about: 'group', images: '0-3', was: 0, is: 2 },
    );
    expect([...state.assignment.subarray(0, 4)]).toEqual([2, 2, 1, 1]);
    expect([...state.said.subarray(0, 5)]).toEqual([1, 3, 2, 2, 0]);
  });

  it('that splits a kind leaves open which part an image is in of which only the kind was said', () => {
    const { state } = edited(
      { do: 'answer', about: 'audit', images: '1', was: 0, is: 0 },
      { do: 'split', kind: 0, parts: [{ images: '1' }] },
    );
    expect(state.told[1]).toBe(3);
    expect(state.said[1]).toBe(SAID.ofSeveral);
  });

  it.each<[EditRequest, RegExp]>([
    [{ do: 'name', kind: 7, name: 'x' }, /no kind 7/],
    [{ do: 'merge', kinds: [0], into: 0 }, /into itself/],
    [{ do: 'merge', kinds: [0, 1], into: 9 }, /no kind 9/],
    [{ do: 'split', kind: 0, parts: [{ images: '5' }] }, /not in kind 0/],
    [{ do: 'split', kind: 0, parts: [{ images: '' }] }, /no image/],
    [{ do: 'move', images: '3-12', to: 0 }, /below 10/],
    [{ do: 'move', images: '', to: 0 }, /No image/],
    [
      { do: 'answer', about: 'group', images: '', except: '0-3', was: 0, is: null },
      /All images are left out/,
    ],
    [
      { do: 'answer', about: 'group', images: '0-3', except: '3', was: 0, is: 1 },
      /Image 3 is left out .* and in/,
    ],
    [{ do: 'answer', about: 'group', images: '0-3', except: '10', was: 0, is: 1 }, /below 10/],
    [{ do: 'move', images: '1', to: 5 }, /no kind 5/],
  ])('that cannot be done is refused and not kept: %j', (edit, sentence) => {
    const journal = openJournal(reviewedRun(BEFORE));
    expect(refusal(() => journal.append(edit))).toMatch(sentence);
    expect(journal.revision).toBe(0);
    expect([...journal.state.assignment]).toEqual(BEFORE);
    expect(existsSync(join(journal.folder, 'edits.jsonl'))).toBe(false);
  });

  it.each([
    ['no edit', undefined, 'all of it'],
    ['a word', 'merge', 'all of it'],
    ['of a kind that there is not', { do: 'rename', kind: 0, name: 'x' }, 'do'],
    ['with a field misspelt', { do: 'name', kind: 0, nam: 'x' }, 'name'],
    ['with a number as text', { do: 'junk', kind: '0' }, 'kind'],
    ['with kinds in a typed array', { do: 'merge', kinds: new Int32Array([1]), into: 0 }, 'kinds'],
    ['with images in an array', { do: 'move', images: [0, 4], to: 1 }, 'images'],
    ['with a kind that is no number', { do: 'junk', kind: Number.NaN }, 'kind'],
  ])('%s is refused before it is in the journal', (_, request, place) => {
    const journal = edited({ do: 'name', kind: 1, name: 'seven' });
    const refused = refusal(() => journal.append(request as EditRequest));
    expect(refused).toContain(`(${place}: `);
    expect(openJournal(journal.folder).revision).toBe(1);
  });

  it('of a kind that is gone says where it went', () => {
    const journal = edited({ do: 'merge', kinds: [1], into: 0 }, { do: 'junk', kind: 2 });
    expect(refusal(() => journal.append({ do: 'name', kind: 1, name: 'x' }))).toMatch(/merged into kind 0/);
    expect(refusal(() => journal.append({ do: 'junk', kind: 2 }))).toMatch(/called junk/);
  });
});

describe('the journal', () => {
  it('undoes and redoes without end, also after it was closed', () => {
    const first = edited(
      { do: 'name', kind: 0, name: 'zero' },
      { do: 'split', kind: 0, parts: [{ images: '0-1' }] },
      { do: 'merge', kinds: [3], into: 2 },
    );
    const whole = [...first.state.assignment];
    first.undo();
    first.undo();
    const again = openJournal(first.folder);
    expect([...again.state.assignment]).toEqual(BEFORE);
    expect(again.state.kinds[0].name).toBe('zero');
    expect(again.redoable?.what.do).toBe('split');
    again.undo();
    expect(again.state.kinds[0].name).toBe('kind-0');
    expect(readKinds(again.folder)[0].name).toBe('kind-0');
    expect(refusal(() => again.undo())).toMatch(/nothing to undo/);
    for (let time = 0; time < 3; time++) again.redo();
    expect([...openJournal(first.folder).state.assignment]).toEqual(whole);
    expect(refusal(() => again.redo())).toMatch(/nothing to redo/);
  });

  it('forgets what could be redone once something else is done', () => {
    const journal = edited({ do: 'name', kind: 0, name: 'a' }, { do: 'name', kind: 0, name: 'b' });
    journal.undo();
    journal.append({ do: 'name', kind: 1, name: 'c' });
    expect(journal.redoable).toBeNull();
    expect(openJournal(journal.folder).redoable).toBeNull();
    expect(journal.entries.map(({ isUndone }) => isUndone)).toEqual([false, true, false]);
  });

  const kind = fc.nat(6);
  const images = fc
    .uniqueArray(fc.nat(9), { minLength: 1 })
    .map((all) => all.sort((a, b) => a - b).join(','));
  const step = fc.oneof(
    fc.constantFrom('undo' as const, 'redo' as const),
    fc.record({ do: fc.constant('name' as const), kind, name: fc.constantFrom('a', 'b') }),
    fc.record({
      do: fc.constant('merge' as const),
      kinds: fc.uniqueArray(kind, { minLength: 1 }),
      into: kind,
    }),
    fc.record({ do: fc.constant('split' as const), kind, parts: fc.tuple(fc.record({ images })) }),
    fc.record({
      do: fc.constant('move' as const),
      images,
      to: fc.constantFrom<number | 'new'>('new', -1, 0, 3),
    }),
    fc.record({ do: fc.constant('junk' as const), kind }),
  );

  it('read again gives the same state, and undone to its beginning the run’s own', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const journal = openJournal(reviewedRun(BEFORE));
        for (const each of steps) {
          try {
            if (each === 'undo') journal.undo();
            else if (each === 'redo') journal.redo();
            else journal.append(each);
          } catch (error) {
            expect(error).toHaveProperty('name', 'InputError');
          }
        }
        const again = openJournal(journal.folder);
        expect(again.state).toEqual(journal.state);
        expect(again.entries).toEqual(journal.entries);
        const sizes = journal.state.kinds.map(
          ({ kind }) => journal.state.assignment.filter((at) => at === kind).length,
        );
        expect(journal.state.kinds.map(({ size }) => size)).toEqual(sizes);
        while (again.undoable !== null) again.undo();
        expect([...again.state.assignment]).toEqual(BEFORE);
        expect(again.state.told.every((said) => said === UNTOLD)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('drops a line that was being written when the program died', () => {
    const { folder } = edited({ do: 'name', kind: 0, name: 'a' });
    appendFileSync(join(folder, 'edits.jsonl'), '{"at":"2026-01-01T00:00:00.000Z","edit":{"do":"na');
    const torn = readFileSync(join(folder, 'edits.jsonl'));
    const journal = openJournal(folder);
    expect(journal.state.kinds[0].name).toBe('a');
    // The line may be one that is being written now, by another program.
    expect(readFileSync(join(folder, 'edits.jsonl'))).toEqual(torn);
    journal.append({ do: 'name', kind: 1, name: 'b' });
    expect(openJournal(folder).revision).toBe(2);
  });

  it('tells who edits beside another program, keeps the edits of both, and goes on', () => {
    const first = edited({ do: 'name', kind: 0, name: 'a' });
    const second = openJournal(first.folder);
    first.append({ do: 'name', kind: 1, name: 'b' });
    first.undo();
    const merge: EditRequest = { do: 'merge', kinds: [2], into: 0 };
    expect(refusal(() => second.append(merge))).toMatch(
      /was edited by another program meanwhile \(2 edits\)/,
    );
    expect(second.entries).toEqual(first.entries);
    expect(second.redoable?.what).toEqual({ do: 'name', kind: 1, name: 'b' });
    second.append(merge);
    expect(refusal(() => first.redo())).toMatch(/meanwhile \(1 edit\)/);
    expect(openJournal(first.folder).state).toEqual(first.state);
    expect(first.state).toEqual(second.state);
    expect(readdirSync(first.folder).filter((name) => /lock|tmp/.test(name))).toEqual([]);
  });

  it('of a run whose place another has taken is not written into that one', () => {
    const { folder, card, append } = edited();
    writeRunCard(folder, { ...card, startedAt: '2030-01-01T00:00:00.000Z' });
    expect(refusal(() => append({ do: 'name', kind: 0, name: 'a' }))).toMatch(
      /written anew since .* open it again/,
    );
    expect(existsSync(join(folder, 'edits.jsonl'))).toBe(false);
  });

  it('is as it was where the disk does not take the names of the kinds', () => {
    const journal = edited();
    const path = join(journal.folder, 'edits.jsonl');
    const kinds = join(journal.folder, 'kinds.csv');
    const asTheyWere = readFileSync(kinds, 'utf8');
    const temporary = `${kinds}.${process.pid}.tmp`;
    // A full disk, as far as that file goes.
    symlinkSync('/dev/full', temporary);
    expect(() => journal.append({ do: 'name', kind: 0, name: 'a' })).toThrow(/ENOSPC/);
    expect(existsSync(path)).toBe(false);
    journal.append({ do: 'name', kind: 0, name: 'a' });
    const whole = readFileSync(path, 'utf8');
    symlinkSync('/dev/full', temporary);
    expect(() => journal.undo()).toThrow(/ENOSPC/);
    expect(readFileSync(path, 'utf8')).toBe(whole);
    expect(journal.state.kinds[0].name).toBe('a');
    expect(openJournal(journal.folder).state).toEqual(journal.state);
    journal.undo();
    expect(readFileSync(kinds, 'utf8')).toBe(asTheyWere);
  });

  it('that was made of an earlier result is refused, and none is begun before a result is whole', () => {
    const { folder, found } = edited({ do: 'name', kind: 0, name: 'a' });
    const assignment = found.assignment.slice().reverse();
    writeAssignments(folder, { ...found, assignment });
    expect(refusal(() => openJournal(folder))).toMatch(/an earlier result of .* move the file away/);

    const begun = reviewedRun(BEFORE);
    const card = readRunCard(begun);
    const networks = { state: 'pending', reason: null } as const;
    const kin = {
      modularity: 0.5,
      way: { pieces: 3, merging: 'size' },
      trustedShare: null,
      clearShare: 1,
      doubt: null,
      networks,
    };
    writeRunCard(begun, { ...card, kin: { ...kin, mostConfused: [] } });
    const journal = openJournal(begun);
    expect(refusal(() => journal.append({ do: 'name', kind: 0, name: 'a' }))).toMatch(/not whole yet/);
    expect(existsSync(join(begun, 'edits.jsonl'))).toBe(false);
  });

  it('that belongs to other images, or is damaged, is refused with its line', () => {
    const { folder } = edited({ do: 'name', kind: 0, name: 'a' });
    const path = join(folder, 'edits.jsonl');
    const whole = readFileSync(path, 'utf8');
    writeFileSync(path, whole.replace(/"data":"[0-9a-f]{4}/, '"data":"ffff'));
    expect(refusal(() => openJournal(folder))).toMatch(/belongs to other images/);
    writeFileSync(
      path,
      `${whole}{"at":"2026-01-01T00:00:00.000Z","edit":{"do":"name","kind":9,"name":"x"}}\n`,
    );
    expect(refusal(() => openJournal(folder))).toMatch(/damaged in line 3 \(There is no kind 9/);
    writeFileSync(path, `${whole}nonsense\n`);
    expect(refusal(() => openJournal(folder))).toMatch(/damaged in line 3 \(not JSON\)/);
  });
});
