# Writes pictures in the formats and modes that Pillow has, and some that it only reads, and beside each what Pillow reads
# from it as RGB on white: NAME and NAME.npy, listed in files.json.
#
# pillow-matrix.py FOLDER
import json
import os
import struct
import sys

import numpy as np
from PIL import Image, ImageOps

FOLDER = sys.argv[1]
HEIGHT, WIDTH = 37, 53
names = []


def path_of(name):
    return os.path.join(FOLDER, name)


def on_white(image):
    image = image.convert("RGBA")
    ground = Image.new("RGBA", image.size, (255, 255, 255, 255))
    ground.alpha_composite(image)
    return np.asarray(ground.convert("RGB"))


def expect(name, pixels=None):
    """Keeps `pixels`, or what Pillow reads, as what NAME should give."""
    if pixels is None:
        image = Image.open(path_of(name))
        image.load()
        has_alpha = "A" in image.mode or "transparency" in image.info
        pixels = on_white(image) if has_alpha else np.asarray(image.convert("RGB"))
    np.save(path_of(name + ".npy"), np.asarray(pixels, dtype=np.uint8))
    names.append(name)


def save(name, image, pixels=None, **options):
    image.save(path_of(name), **options)
    expect(name, pixels)


def write(name, data, pixels=None):
    with open(path_of(name), "wb") as file:
        file.write(data)
    expect(name, pixels)


def as_rgb(grey):
    return np.repeat(grey[:, :, None], 3, axis=2)


rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
base = np.stack(
    [columns * 255 // (WIDTH - 1), rows * 255 // (HEIGHT - 1), (columns * 7 + rows * 5) % 256], axis=2
).astype(np.uint8)
base[8:20, 10:30] = (200, 30, 60)
red = base[:, :, 0]
alpha = np.where((columns - 26) ** 2 + (rows - 18) ** 2 < 200, 255, np.where(columns < 20, 90, 0))

rgb = Image.fromarray(base)
rgba = rgb.copy()
rgba.putalpha(Image.fromarray(alpha.astype(np.uint8)))
grey = rgb.convert("L")
grey_alpha = rgba.convert("LA")
bits = rgb.convert("1")
palette = rgb.quantize(200)
palette16 = rgb.quantize(14)
palette4 = rgb.quantize(3)
# Values of more than 8 bits that mean the same as those of 8.
deep = Image.fromarray(red.astype(np.uint16) * 257)
floats = Image.fromarray(red.astype(np.float32) / 255)
wide = Image.fromarray(red.astype(np.int32) * 3)

common = {"rgb": rgb, "rgba": rgba, "grey": grey, "grey-alpha": grey_alpha, "bits": bits, "palette": palette}

for name, image in {**common, "palette16": palette16, "palette4": palette4}.items():
    save(f"{name}.png", image)
save("palette-clear.png", palette, transparency=3)
save("grey-clear.png", grey, transparency=int(np.asarray(grey)[0, 0]))
save("rgb-clear.png", rgb, transparency=(200, 30, 60))
save("deep.png", deep, as_rgb(red))

for name, image in {
    **common,
    "cmyk": rgb.convert("CMYK"),
    "ycbcr": rgb.convert("YCbCr"),
    "lab": rgb.convert("LAB"),
}.items():
    for compression in ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"]:
        save(f"{name}-{compression}.tif", image, compression=compression)
save("bits-g4.tif", bits, compression="group4")
save("bits-g3.tif", bits, compression="group3")
save("deep.tif", deep, as_rgb(red))
save("floats.tif", floats, as_rgb(red))
save("wide.tif", wide, as_rgb(red))

for name, image in {"rgb": rgb, "grey": grey, "bits": bits, "palette": palette, "palette16": palette16}.items():
    save(f"{name}.bmp", image)
save("rgba.bmp", rgba)
for name in ["rgb", "rgba", "grey", "palette"]:
    save(f"{name}.webp", common[name], lossless=True)
for name, image in {"grey": grey, "palette": palette, "bits": bits, "palette16": palette16, "rgba": rgba}.items():
    save(f"{name}.gif", image)
save("palette-clear.gif", palette, transparency=3)

save("rgb.ppm", rgb)
save("grey.pgm", grey)
save("bits.pbm", bits)
save("deep.pgm", deep, as_rgb(red))
save("floats.pfm", floats, as_rgb(red))
write("letters.pgm", b"P2\n# a comment\n3 2\n15\n0 5 15\n1 2 3\n")
write("letters.ppm", b"P3\n3 1\n255\n0 5 15 1 2 3 255 254 9\n")
write("letters.pbm", b"P1\n# a comment\n3 2\n0 1 0\n101\n")
for name, image, kind in [
    ("rgba.pam", rgba, "RGB_ALPHA"),
    ("grey-alpha.pam", grey_alpha, "GRAYSCALE_ALPHA"),
    ("grey.pam", grey, "GRAYSCALE"),
]:
    head = f"P7\nWIDTH {WIDTH}\nHEIGHT {HEIGHT}\nDEPTH {len(image.getbands())}\nMAXVAL 255\nTUPLTYPE {kind}\nENDHDR\n"
    write(name, head.encode() + np.asarray(image).tobytes(), on_white(image))

for quality in [50, 95]:
    for subsampling in [0, 1, 2]:
        save(f"rgb-{quality}-{subsampling}.jpg", rgb, quality=quality, subsampling=subsampling)
save("rgb-kept.jpg", rgb, quality=95, keep_rgb=True)
save("grey.jpg", grey, quality=90)
save("progressive.jpg", rgb, quality=90, progressive=True)
save("cmyk.jpg", rgb.convert("CMYK"), quality=95)
save("rgb.avif", rgb, quality=95)

for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    name = f"turned-{orientation}.tif"
    rgb.save(path_of(name), exif=exif)
    expect(name, np.asarray(ImageOps.exif_transpose(Image.open(path_of(name))).convert("RGB")))


def bmp(name, depth, compression, pixels, colours=b"", masks=b"", size=40, height=HEIGHT, more=b""):
    offset = 14 + size + len(masks) + len(colours)
    header = struct.pack(
        "<IiiHHIIiiII",
        *(size, WIDTH, height, 1, depth, compression, len(pixels), 2835, 2835, len(colours) // 4, 0),
    )
    head = b"BM" + struct.pack("<IHHI", offset + len(pixels), 0, 0, offset)
    write(name, head + header + more + masks + colours + pixels)


def stored(pixels, upside_down=True):
    """Rows from the bottom up, each to a whole number of four bytes."""
    lines = [line.tobytes() for line in (pixels[::-1] if upside_down else pixels)]
    return b"".join(line + b"\0" * (-len(line) % 4) for line in lines)


def colours_of(image, count):
    values = (image.getpalette() + [0] * 768)[: count * 3]
    return b"".join(bytes([*values[at : at + 3][::-1], 0]) for at in range(0, count * 3, 3))


def runs(indices, times):
    """Run lengths; `times` makes a byte of an index."""
    data = b""
    for line in indices[::-1]:
        start = 0
        while start < WIDTH:
            end = start
            while end < WIDTH and line[end] == line[start] and end - start < 255:
                end += 1
            data += bytes([end - start, line[start] * times])
            start = end
        data += b"\0\0"
    return data + b"\0\1"


def stretches(indices):
    """The same with stretches that are no runs, of twenty indices and the rest."""
    data = b""
    for line in indices[::-1]:
        for start in range(0, WIDTH, 20):
            part = line[start : start + 20]
            data += bytes([0, len(part)]) + part.tobytes() + b"\0" * (len(part) % 2)
        data += b"\0\0"
    return data + b"\0\1"


wide_red, wide_green, wide_blue = (base[:, :, channel].astype(np.uint16) for channel in range(3))
bgra = np.asarray(rgba)[:, :, [2, 1, 0, 3]]
indices, indices16 = np.asarray(palette), np.asarray(palette16)
halves = np.zeros((HEIGHT, (WIDTH + 1) // 2), np.uint8)
halves |= indices16[:, 0::2] << 4
halves[:, : WIDTH // 2] |= indices16[:, 1::2]
bmp("fields555.bmp", 16, 0, stored(wide_red >> 3 << 10 | wide_green >> 3 << 5 | wide_blue >> 3))
bmp(
    "fields565.bmp",
    16,
    3,
    stored(wide_red >> 3 << 11 | wide_green >> 2 << 5 | wide_blue >> 3),
    masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F),
)
bmp("four-bytes.bmp", 32, 0, stored(bgra))
bmp("top-down.bmp", 32, 0, stored(bgra, False), height=-HEIGHT)
version5 = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000) + b"\0" * 68
bmp("version5.bmp", 32, 3, stored(bgra), size=124, more=version5)
bmp("indices.bmp", 8, 0, stored(indices), colours_of(palette, 256))
bmp("indices16.bmp", 4, 0, stored(halves), colours_of(palette16, 16))
bmp("runs.bmp", 8, 1, runs(indices, 1), colours_of(palette, 256))
bmp("runs16.bmp", 4, 2, runs(indices16, 17), colours_of(palette16, 16))
bmp("stretches.bmp", 8, 1, stretches(indices), colours_of(palette, 256))
plain = stored(base[:, :, ::-1])
core = struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, 24)
write("os2.bmp", b"BM" + struct.pack("<IHHI", 26 + len(plain), 0, 0, 26) + core + plain)

with open(path_of("files.json"), "w") as file:
    json.dump(names, file)
