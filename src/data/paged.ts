// One file, several pictures: the pages of a TIFF. The first has the file's own id, page n the id `scan.tif#n`.
import { pictureFormatOf } from './picture-format.js';
import type { EncodedPicture } from './pictures.js';
import { tiffPages } from './tiff-pages.js';

/** The pictures of a file of which `isTaken` has no id yet; the file itself where it has one page. */
export function pagesOf(
  picture: EncodedPicture,
  isTaken: (id: string) => boolean = () => false,
): readonly EncodedPicture[] {
  const { id, file } = picture;
  if (typeof file !== 'string' && pictureFormatOf(file) !== 'tiff') return [picture];
  const pages = tiffPages(file);
  if (pages.length === 1) return pages[0] === 0 ? [picture] : [{ ...picture, page: pages[0] }];
  return pages.map((page, place) => ({
    ...picture,
    id: place === 0 ? id : freeId(`${id}#${place + 1}`, isTaken),
    page,
  }));
}

/** A neighbour may be called `scan.tif#2` itself. */
function freeId(id: string, isTaken: (id: string) => boolean): string {
  let free = id;
  while (isTaken(free)) free += "'";
  return free;
}
