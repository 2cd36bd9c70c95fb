"""Letters and digits of many typefaces as 28×28 images, from the fonts of a fixed list of Debian packages.

Only files of these packages are taken, in the order of their names, so that other fonts of the machine change
nothing. Left out: symbol faces and faces without the whole of A–Z, a–z and 0–9; faces whose a–z look like
their A–Z; and a face that came before under the same name or with the same letters.
"""

import string
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

PACKAGES = """
fonts-adf-accanthis fonts-adf-baskervald fonts-adf-berenis fonts-adf-gillius fonts-adf-ikarius
fonts-adf-irianis fonts-adf-libris fonts-adf-mekanus fonts-adf-oldania fonts-adf-romande fonts-adf-solothurn
fonts-adf-switzera fonts-adf-tribun fonts-adf-universalis fonts-adf-verana fonts-agave fonts-allerta
fonts-anonymous-pro fonts-apropal fonts-arapey fonts-averia-gwf fonts-averia-sans-gwf fonts-averia-serif-gwf
fonts-b612 fonts-bajaderka fonts-beteckna fonts-breip fonts-bwht fonts-cabin fonts-cabinsketch fonts-cantarell
fonts-cardo fonts-century-catalogue fonts-clear-sans fonts-cmu fonts-comfortaa fonts-comic-neue
fonts-compagnon fonts-courier-prime fonts-croscore fonts-crosextra-caladea fonts-crosextra-carlito
fonts-dancingscript fonts-dejavu-core fonts-dejavu-extra fonts-dkg-handwriting fonts-dosis fonts-dustin
fonts-ebgaramond fonts-ecolier-court fonts-essays1743 fonts-eurofurence fonts-fantasque-sans fonts-fanwood
fonts-femkeklaver fonts-freefont-otf fonts-georgewilliams fonts-gfs-artemisia fonts-gfs-didot
fonts-gnutypewriter fonts-go fonts-goudybookletter fonts-hack fonts-havana fonts-hermit fonts-humor-sans
fonts-inconsolata fonts-isabella fonts-jetbrains-mono fonts-junction fonts-junicode fonts-jura fonts-karla
fonts-kaushanscript fonts-klaudia-berenika fonts-kristi fonts-lato fonts-le-murmure fonts-league-mono
fonts-league-spartan fonts-leckerli-one fonts-levien-museum fonts-levien-typoscript fonts-liberation
fonts-lindenhill fonts-linuxlibertine fonts-lmodern fonts-lobster fonts-lobstertwo fonts-manrope fonts-mplus
fonts-national-park fonts-noto-mono fonts-ocr-a fonts-ocr-b fonts-okolaks fonts-oldstandard fonts-open-sans
fonts-opendin fonts-opendyslexic fonts-osifont fonts-oxygen fonts-paratype fonts-play fonts-prociono
fonts-quattrocento fonts-quicksand fonts-radisnoir fonts-roadgeek fonts-roboto-slab fonts-roboto-unhinted
fonts-routed-gothic fonts-rufscript fonts-sil-andika fonts-sil-charis fonts-sil-doulos fonts-sil-galatia
fonts-sil-gentium fonts-sil-gentium-basic fonts-sjfonts fonts-sora fonts-staypuft fonts-stix fonts-summersby
fonts-texgyre fonts-tiresias fonts-tomsontalks fonts-tuffy fonts-ubuntu-title fonts-urw-base35 fonts-vollkorn
fonts-yanone-kaffeesatz fonts-yrsa-rasa
""".split()

UPPER, LOWER, DIGITS = string.ascii_uppercase, string.ascii_lowercase, string.digits
SIDE, BOX = 28, 20
"""An image's side, and the square in its middle that the longer side of a glyph fills, as in MNIST."""
POINTS = 72
"""Glyphs are drawn at this size and scaled down to the box."""
FACES_PER_PACKAGE = 6
"""Of a family with seventy weights and widths, a few: the piles hold typefaces, not near-copies of one."""
SYMBOLS = ["Dingbats", "Symbol", "Symbols"]
"""In a face's name: its letters are pictures."""
INK = 40
"""A pixel above this belongs to the glyph's bounding box."""


def install_packages():
    """Needs root. Takes half a minute and 350 MB."""
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *PACKAGES]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def load_faces():
    """→ one record {letter: image (28,28)} for each face, in the order of package and file."""
    names, drawings = set(), set()
    return [glyphs for package in PACKAGES for glyphs in faces_of(package, names, drawings)]


def faces_of(package, names, drawings):
    """The package's usable faces, thinned evenly; what they are goes into `names` and `drawings`."""
    faces = []
    for path in font_files(package):
        face = open_face(path)
        if face is None or face.getname() in names or set(SYMBOLS) & set(" ".join(face.getname()).split()):
            continue
        glyphs = draw_all(face)
        if glyphs is None or (drawing := b"".join(image.tobytes() for image in glyphs.values())) in drawings:
            continue
        names.add(face.getname())
        drawings.add(drawing)
        faces.append(glyphs)
    chosen = np.unique(np.linspace(0, len(faces) - 1, min(len(faces), FACES_PER_PACKAGE)).round().astype(int))
    return [faces[index] for index in chosen]


def font_files(package):
    listing = subprocess.run(["dpkg-query", "--listfiles", package], capture_output=True, text=True)
    if listing.returncode != 0:
        raise SystemExit(f"The font package {package} is missing: run build.py with --install-fonts.")
    files = {Path(line) for line in listing.stdout.splitlines()}
    return sorted(path for path in files if path.suffix.lower() in (".ttf", ".otf"))


def open_face(path):
    try:
        return ImageFont.truetype(str(path), POINTS)
    except OSError:
        return None


def draw_all(face):
    """{letter: image} for A–Z, a–z and 0–9; None where the face lacks one of them."""
    absent = draw(face, "\U0010ffff")
    glyphs = {letter: draw(face, letter) for letter in UPPER + LOWER + DIGITS}
    if any(image is None or np.array_equal(image, absent) for image in glyphs.values()):
        return None
    if any(len({glyphs[letter].tobytes() for letter in letters}) < len(letters) for letters in (UPPER, DIGITS)):
        return None
    alike = [resemble(glyphs[letter], glyphs[letter.upper()]) for letter in "abdegqr"]
    return None if sum(alike) > 3 else glyphs


def resemble(one, other):
    """The images' correlation is above 0.9: in a face of small capitals, a is A with thicker strokes."""
    return np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.9


def draw(face, letter):
    """→ image (28,28) uint8, white on black: the glyph's bounding box scaled into the middle 20×20; None
    where the face draws nothing."""
    canvas = Image.new("L", (4 * POINTS, 4 * POINTS))
    try:
        ImageDraw.Draw(canvas).text((POINTS, POINTS), letter, fill=255, font=face)
    except (OSError, ValueError):
        return None
    box = canvas.point(lambda value: 255 if value > INK else 0).getbbox()
    if box is None:
        return None
    glyph = canvas.crop(box)
    scale = BOX / max(glyph.size)
    width, height = (max(1, round(side * scale)) for side in glyph.size)
    image = Image.new("L", (SIDE, SIDE))
    image.paste(glyph.resize((width, height), Image.LANCZOS), ((SIDE - width) // 2, (SIDE - height) // 2))
    return np.asarray(image)
