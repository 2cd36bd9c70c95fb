"""Piles with near copies, and what imagehash and imagededup find in them.

near_copies_peer.py build FOLDER photographs|drawings DAMAGE SHARE SEED: writes 200 pictures into FOLDER, a SHARE of which
(or two, at least) has a damaged copy beside it: p012.png and p012-copy.jpg.
near_copies_peer.py hashes FOLDER: prints, as JSON, the pairs of names that each method finds, by method.

Photographs are crops of those that scikit-image ships; drawings are two to five shapes at random places, some filled.
"""

import io
import json
import os
import sys

import numpy
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

PICTURES = 200
PHOTOGRAPHS = ["astronaut", "camera", "chelsea", "coffee", "coins", "hubble_deep_field", "ihc", "moon", "motorcycle_left",
               "page", "retina", "rocket", "text", "color"]


def photographs(random):
    from skimage import data

    folder = os.path.join(os.path.dirname(data.__file__))
    crops = []
    for name in PHOTOGRAPHS:
        path = next(os.path.join(folder, name + end) for end in (".png", ".jpg") if os.path.exists(os.path.join(folder, name + end)))
        photo = Image.open(path).convert("RGB")
        # Without it a copy has other colours than the picture, to who heeds it.
        photo.info.pop("icc_profile", None)
        side = max(72, min(photo.size) // 5)
        for top in range(0, photo.height - side + 1, side):
            for left in range(0, photo.width - side + 1, side):
                crop = photo.crop((left, top, left + side, top + side))
                # Empty sky and paper are no pictures to tell apart.
                if numpy.asarray(crop.convert("L")).std() > 20:
                    crops.append(crop.resize((160, 160), Image.LANCZOS))
    return [crops[at] for at in random.permutation(len(crops))[:PICTURES]]


def drawing(random):
    side = 160
    page = Image.new("RGB", (side, side), "white")
    pen = ImageDraw.Draw(page)
    for _ in range(random.integers(2, 6)):
        x, y = random.integers(15, 145, 2)
        size = int(random.integers(10, 45))
        ink = tuple(int(value) for value in random.integers(0, 130, 3))
        fill = ink if random.random() < 0.4 else None
        box = [x - size, y - size, x + size, y + size]
        shape = random.integers(0, 4)
        if shape == 0:
            pen.ellipse(box, outline=ink, fill=fill, width=4)
        elif shape == 1:
            pen.rectangle(box, outline=ink, fill=fill, width=4)
        elif shape == 2:
            pen.polygon([(x, y - size), (x - size, y + size), (x + size, y + size)], outline=ink, fill=fill, width=4)
        else:
            pen.line([x - size, y - size, x + size, y + size], fill=ink, width=6)
    return page


def recompressed(picture, random):
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=int(random.integers(40, 80)))
    return Image.open(data).convert("RGB")


def resized(picture, random):
    side = round(picture.width * float(2 ** random.uniform(-1, 1)))
    return picture.resize((side, side), Image.BICUBIC)


def captioned(picture, random):
    captioned = picture.copy()
    pen = ImageDraw.Draw(captioned)
    x, y = [(2, 2), (90, 2), (2, 146), (90, 146)][random.integers(0, 4)]
    pen.rectangle([x - 2, y - 2, x + 68, y + 12], fill="white")
    pen.text((x, y), f"{random.integers(2000, 2030)}-{random.integers(1, 13):02d}-{random.integers(1, 29):02d}", fill="black")
    return captioned


def brightened(picture, random):
    return ImageEnhance.Brightness(picture).enhance(float(random.uniform(0.7, 1.4)))


DAMAGES = {
    "recompressed": recompressed,
    "resized": resized,
    "captioned": captioned,
    "brightened": brightened,
    "mirrored": lambda picture, _: ImageOps.mirror(picture),
    "turned": lambda picture, random: picture.rotate(90 * int(random.integers(1, 4))),
}


def build(folder, content, damage, share, seed):
    random = numpy.random.default_rng(seed)
    pictures = photographs(random) if content == "photographs" else [drawing(random) for _ in range(PICTURES)]
    os.makedirs(folder)
    copied = set(random.permutation(len(pictures))[: max(2, round(share * len(pictures)))].tolist())
    for at, picture in enumerate(pictures):
        picture.save(os.path.join(folder, f"p{at:03d}.png"))
        if at not in copied:
            continue
        copy = DAMAGES[damage](picture, random)
        if damage == "recompressed":
            copy.save(os.path.join(folder, f"p{at:03d}-copy.jpg"), quality=95)
        else:
            copy.save(os.path.join(folder, f"p{at:03d}-copy.png"))


def hashes(folder):
    import logging

    import imagehash
    from imagededup.methods import DHash, PHash

    logging.disable(logging.CRITICAL)
    names = sorted(os.listdir(folder))
    found = {}
    for name, of in [("imagehash pHash", imagehash.phash), ("imagehash dHash", imagehash.dhash)]:
        bits = numpy.array([of(Image.open(os.path.join(folder, file))).hash.ravel() for file in names])
        differing = (bits[:, None, :] != bits[None, :, :]).sum(axis=2)
        found[name] = [[names[a], names[b]] for a, b in zip(*numpy.where(numpy.triu(differing <= 8, 1)))]
    for name, method in [("imagededup PHash", PHash(verbose=False)), ("imagededup DHash", DHash(verbose=False))]:
        alike = method.find_duplicates(image_dir=folder, max_distance_threshold=10)
        found[name] = sorted({tuple(sorted([one, other])) for one, others in alike.items() for other in others})
    print(json.dumps(found))


if __name__ == "__main__":
    if sys.argv[1] == "build":
        build(sys.argv[2], sys.argv[3], sys.argv[4], float(sys.argv[5]), int(sys.argv[6]))
    else:
        hashes(sys.argv[2])
