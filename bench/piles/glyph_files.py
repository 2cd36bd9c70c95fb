"""A–J of many typefaces as a person might have them: PNG files of mixed sizes, inks and margins in one flat folder.

    glyph_files.py [--cache DIR]

Writes CACHE/glyph-files/*.png, whose names say nothing, and CACHE/glyph-files.csv (path, label) beside the folder, for
scoring only. A face gives each letter once, 24 to 160 pixels high, dark on light or light on dark, anywhere in a
picture with room around it. Runs under Debian's /usr/bin/python3 with python3-pil; the fonts come from the packages
of fonts.py (`build.py --install-fonts`).
"""

import argparse
import csv
import random
import shutil
from pathlib import Path

import fonts
from PIL import Image, ImageDraw, ImageFont

LETTERS = "ABCDEFGHIJ"
SEED = 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "kindred-piles")
    cache = parser.parse_args().cache
    chance = random.Random(SEED)
    folder = cache / "glyph-files"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pictures = [(letter, picture(path, letter, chance)) for path in usable_faces() for letter in LETTERS]
    chance.shuffle(pictures)
    with open(cache / "glyph-files.csv", "w", newline="") as table:
        rows = csv.writer(table)
        rows.writerow(["path", "label"])
        for number, (letter, image) in enumerate(pictures):
            name = f"{number:05d}.png"
            image.save(folder / name)
            rows.writerow([f"{folder.name}/{name}", letter])
    print(f"{folder}: {len(pictures)} pictures of {len(pictures) // len(LETTERS)} faces")


def usable_faces():
    """Paths of the fonts that fonts.py would draw: no symbols, no face without all letters, none twice, and of a
    package with many some, evenly chosen."""
    names, drawings = set(), set()
    for package in fonts.PACKAGES:
        usable = [path for path in fonts.font_files(package) if is_usable(path, names, drawings)]
        count = min(len(usable), fonts.FACES_PER_PACKAGE)
        yield from (usable[round(place * (len(usable) - 1) / max(1, count - 1))] for place in range(count))


def is_usable(path, names, drawings):
    face = fonts.open_face(path)
    if face is None or face.getname() in names or set(fonts.SYMBOLS) & set(" ".join(face.getname()).split()):
        return False
    glyphs = fonts.draw_all(face)
    drawing = None if glyphs is None else b"".join(image.tobytes() for image in glyphs.values())
    if drawing is None or drawing in drawings:
        return False
    names.add(face.getname())
    drawings.add(drawing)
    return True


def picture(path, letter, chance):
    """→ a grey picture with one letter somewhere in it."""
    face = ImageFont.truetype(str(path), chance.randint(24, 160))
    left, top, right, bottom = face.getbbox(letter)
    width, height = right - left, bottom - top
    room = [chance.randint(2, 2 + height) for _ in range(4)]
    paper, ink = (chance.randint(225, 255), chance.randint(0, 40))
    if chance.random() < 0.5:
        paper, ink = 255 - paper, 255 - ink
    image = Image.new("L", (width + room[0] + room[1], height + room[2] + room[3]), paper)
    ImageDraw.Draw(image).text((room[0] - left, room[2] - top), letter, fill=ink, font=face)
    return image


if __name__ == "__main__":
    main()
