// Tests neither read nor fill the cache of whoever runs them: a folder of this run's own, which the programs that tests start inherit.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'kindred-test-cache-'));
  process.env.KINDRED_CACHE = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
