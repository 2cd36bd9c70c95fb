import { expect, test } from 'vitest';
import { InterruptedError } from '#kindred/core/errors.js';
import { openWorkerTeam, type TeamOptions } from '#kindred/core/workers.js';

const entry = new URL('./workers-entry.mjs', import.meta.url);

function openTeam(options?: TeamOptions) {
  return openWorkerTeam<string, string>(entry, ['first', 'second'], options);
}

test('answers come in the order of the workers', async () => {
  const team = openTeam();
  expect(await team.askAll('hello')).toEqual(['first: hello', 'second: hello']);
  expect(await team.askAll('again')).toEqual(['first: again', 'second: again']);
  await team.close();
  await expect(team.askAll('late')).rejects.toThrow('ended');
});

test('an error keeps its type and its stack', async () => {
  const team = openTeam();
  const error = await team.askAll('fail').catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RangeError);
  expect((error as RangeError).message).toMatch(/worker (first|second) was asked to fail/);
  expect((error as RangeError).stack).toContain('workers-entry.mjs');
  await team.close();
});

test('a worker that dies fails the request instead of leaving it open', async () => {
  const team = openTeam();
  await expect(team.askAll('die')).rejects.toThrow('ended with code 3');
  await team.close();
});

test('an abort rejects what is under way', async () => {
  const aborter = new AbortController();
  const team = openTeam({ signal: aborter.signal });
  await team.askAll('hello');
  const answer = team.askAll('hang');
  aborter.abort();
  await expect(answer).rejects.toThrow(InterruptedError);
  await team.close();
});

test('closing waits for what runs in ONNX Runtime, and for nothing else', async () => {
  for (const runsSessions of [true, false]) {
    const team = openTeam({ runsSessions });
    await team.askAll('hello');
    const answer = team.ask(0, 'work').catch(() => 'cut off');
    await team.close();
    expect(await answer).toBe(runsSessions ? 'done' : 'cut off');
  }
});
