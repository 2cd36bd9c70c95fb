// Ctrl-C while pictures are looked at and while they are read.
import { existsSync, linkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, expect, it } from 'vitest';
import { ended, startKindred } from '../support/command-line.js';
import { sharedFolder } from '../support/folders.js';

const shared = sharedFolder();
const pile = join(shared, '000.png');

beforeAll(async () => {
  // Large enough for libvips; to look at 256 of them takes seconds, and to read them all as long again.
  const [width, height] = [1400, 1000];
  const noise = Uint8Array.from({ length: width * height * 3 }, (_, at) => (at * 2_654_435_761) >>> 21);
  const picture = sharp(noise, { raw: { width, height, channels: 3 } });
  writeFileSync(pile, await picture.png({ compressionLevel: 1 }).toBuffer());
  for (let n = 1; n < 400; n++) linkSync(pile, join(shared, `${String(n).padStart(3, '0')}.png`));
});

it.each([
  ['looked at', null],
  ['read', 'read: 0/'],
])(
  'a stop is heeded within two seconds while pictures are %s',
  async (_, sign) => {
    const words = ['train', '.', '--quality', 'fast', '--size', '28', '--log-dir', 'out', '--tag', 't'];
    const child = startKindred(words, { cwd: shared });
    const end = ended(child);
    await new Promise<void>((resolve) => {
      if (sign === null) setTimeout(resolve, 2000);
      else child.stderr?.on('data', (text) => String(text).includes(sign) && setTimeout(resolve, 300));
    });
    const asked = performance.now();
    child.kill('SIGINT');
    const { code, stderr } = await end;
    expect(performance.now() - asked).toBeLessThan(2000);
    expect(code, stderr).toBe(130);
    expect(stderr).toMatch(/Stopped while the images were read/);
    if (sign === null) expect(stderr).not.toContain('read: ');
    expect(existsSync(join(shared, 'out/t'))).toBe(false);
  },
  60_000,
);
