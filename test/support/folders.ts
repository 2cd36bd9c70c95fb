// Folders for tests, removed when the tests are over.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kindred-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder for all tests of a file, removed when they have run; to be called at the file's top level. */
export function sharedFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kindred-test-'));
  // A run's export may be 60,000 files.
  afterAll(() => rmSync(folder, { recursive: true, force: true }), 600_000);
  return folder;
}
