// libvips, through sharp. It is loaded when it is first asked for, since many piles need none of it and it takes a tenth of a second.

export type Libvips = typeof import('sharp')['default'];

let loading: Promise<Libvips> | undefined;

export function libvips(): Promise<Libvips> {
  loading ??= import('sharp').then(({ default: sharp }) => {
    // Files are read once, and pictures are many and small: a thread each, and nothing kept.
    sharp.cache(false);
    sharp.concurrency(1);
    return sharp;
  });
  return loading;
}
