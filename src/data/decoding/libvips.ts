// libvips, through sharp. It is loaded when it is first asked for, since many datasets need none of it and it takes a tenth of a second.

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

/**
 * Pictures that libvips has in hand. What is handed to its threads cannot be taken back, and a process that ends waits for all of
 * it: with a few at a time, one that is asked to stop does. So many keep the four threads of libuv busy while files are opened.
 */
export const PICTURES_AT_ONCE = 6;
