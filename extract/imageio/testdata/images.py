"""Write image files of every kind, each with its pixels as Pillow reads them.

usage: images.py FOLDER

For each file NAME, NAME.rgb holds Image.open(NAME).convert("RGB").tobytes(), or NAME.refused is there when
Pillow reads the file and this project does not. Files of kinds that need cjpeg or jpegtran are left out where
they are missing.
"""
import io
import os
import random
import shutil
import struct
import subprocess
import sys
import zlib

from PIL import Image, ImageDraw, ImageOps, features

folder = sys.argv[1]
random.seed(7)


def picture(width, height, mode="RGB"):
    """Soft colours, noise and hard edges, the same in every run."""
    def noise(w, h):
        return Image.frombytes("RGB", (w, h), random.Random(w * 1000 + h).randbytes(3 * w * h))
    soft = noise(max(width // 24, 2), max(height // 24, 2)).resize((width, height), Image.BICUBIC)
    image = Image.blend(soft, noise(width, height), 0.12)
    draw = ImageDraw.Draw(image)
    draw.ellipse((width * 0.2, height * 0.3, width * 0.6, height * 0.8), fill=(230, 20, 40))
    draw.rectangle((width * 0.55, height * 0.1, width * 0.9, height * 0.5), fill=(10, 10, 250))
    draw.line((0, height, width, 0), fill=(255, 255, 255))
    draw.line((0, 0, width, height), fill=(0, 0, 0), width=2)
    return image if mode == "RGB" else image.convert(mode)


def write(name, data):
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)
    try:
        image = Image.open(io.BytesIO(data))
        pixels = image.convert("RGB")
        if name.startswith("orientation") and image.format != "TIFF":  # TIFF is turned already
            upright = ImageOps.exif_transpose(image).convert("RGB")
            with open(os.path.join(folder, name + ".upright.rgb"), "wb") as f:
                f.write(struct.pack("<II", *upright.size) + upright.tobytes())
    except Exception as e:  # Pillow refuses it: so must we
        with open(os.path.join(folder, name + ".refused"), "w") as f:
            f.write(str(e))
        return
    with open(os.path.join(folder, name + ".rgb"), "wb") as f:
        f.write(struct.pack("<II", *pixels.size) + pixels.tobytes())


def encoded(image, format, **options):
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def save(name, image, format, **options):
    data = encoded(image, format, **options)
    write(name, data)
    return data


def run(args, data):
    return subprocess.run(args, input=data, stdout=subprocess.PIPE, check=True).stdout


SIZES = [(1, 1), (2, 2), (3, 2), (2, 5), (5, 3), (7, 8), (8, 7), (15, 17), (16, 16), (17, 33), (31, 9),
         (33, 18), (64, 48), (129, 97), (227, 149), (500, 375)]


def jpegs():
    for w, h in SIZES:
        image = picture(w, h)
        for sampling in "4:4:4", "4:2:2", "4:2:0":
            for progressive in False, True:
                name = f"{w}x{h}_{sampling.replace(':', '')}{'_progressive' if progressive else ''}.jpg"
                save(name, image, "JPEG", quality=85, subsampling=sampling, progressive=progressive)
        save(f"{w}x{h}_gray.jpg", image.convert("L"), "JPEG")
        save(f"{w}x{h}_cmyk.jpg", image.convert("CMYK"), "JPEG", quality=90)
    image = picture(227, 149)
    for quality in 1, 10, 30, 50, 75, 95, 100:
        for sampling in 0, 2:
            save(f"quality{quality}_{sampling}.jpg", image, "JPEG", quality=quality, subsampling=sampling)
            save(f"quality{quality}_{sampling}_progressive.jpg", image, "JPEG", quality=quality,
                 subsampling=sampling, progressive=True, optimize=True)
    noise = Image.frombytes("RGB", (100, 75), random.randbytes(22500))
    for quality in 5, 50, 100:
        save(f"noise{quality}.jpg", noise, "JPEG", quality=quality)
    steps = noise.convert("1").convert("RGB")
    for quality in 1, 10, 60, 100:
        save(f"steps{quality}.jpg", steps, "JPEG", quality=quality)
    cmyk = save("cmyk_420.jpg", image.convert("CMYK"), "JPEG", subsampling="4:2:0")
    adobe = cmyk.index(b"Adobe")
    for transform in 1, 2, 7:  # YCCK
        write(f"ycck{transform}.jpg", cmyk[:adobe + 11] + bytes([transform]) + cmyk[adobe + 12:])
    # Without Adobe's marker, and with it but no JFIF.
    write("cmyk_plain.jpg", cmyk[:adobe - 4] + cmyk[adobe + 12:])
    plain = save("plain.jpg", image, "JPEG")
    app0 = plain[2:4 + struct.unpack(">H", plain[4:6])[0]]
    bare = plain[:2] + plain[2 + len(app0):]
    write("no_jfif.jpg", bare)
    for transform in 0, 1, 2:
        marker = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00" + bytes([transform])
        write(f"adobe{transform}.jpg", bare[:2] + marker + bare[2:])
        write(f"adobe{transform}_jfif.jpg", plain[:2] + marker + plain[2:])
    exif = Image.Exif()
    for orientation in range(1, 9):
        exif[0x0112] = orientation
        for format in "JPEG", "PNG", "WEBP", "TIFF":
            save(f"orientation{orientation}.{format.lower()}", image, format, exif=exif)
    save("profile.jpg", image, "JPEG", icc_profile=b"not applied" * 40)
    write("stray_bytes.jpg", plain[:-2] + b"\x00\x01\x02" + plain[-2:] + b"after the end")
    write("zeros_for_end.jpg", plain[:-2] + bytes(16))
    # Whether Pillow reads these hangs on how far ahead libjpeg looks: this project never does.
    for name, cut in ("end_cut_1.jpg", plain[:-1]), ("end_cut_2.jpg", plain[:-2]), ("fill_for_end.jpg", plain[:-2] + b"\xff" * 16):
        write(name, cut)
        if os.path.exists(os.path.join(folder, name + ".rgb")):
            os.rename(os.path.join(folder, name + ".rgb"), os.path.join(folder, name + ".refused"))
    sof = plain.index(b"\xff\xc0")
    write("12bit.jpg", plain[:sof + 4] + b"\x0c" + plain[sof + 5:])
    write("half.jpg", plain[:len(plain) // 2])
    if shutil.which("cjpeg"):
        jpegs_of_cjpeg()


def jpegs_of_cjpeg():
    for w, h in [(1, 3), (3, 1), (5, 7), (17, 33), (33, 18), (129, 97), (227, 149)]:
        ppm = encoded(picture(w, h), "PPM")
        for sampling in ["4x1,1x1,1x1", "1x2,1x1,1x1", "4x2,1x1,1x1", "1x4,1x1,1x1", "2x4,1x1,1x1", "2x2,2x1,2x1",
                         "2x2,1x2,1x2", "2x2,2x1,1x2", "2x2,1x1,2x2", "4x1,2x1,2x1", "1x1,2x2,2x2",
                         "1x1,1x1,2x1", "4x1,2x1,1x1", "1x1,1x2,1x2"]:
            name = f"{w}x{h}_{sampling.replace(',', '_')}"
            write(name + ".jpg", run(["cjpeg", "-quality", "80", "-sample", sampling], ppm))
            write(name + "_progressive.jpg", run(["cjpeg", "-progressive", "-sample", sampling], ppm))
        write(f"{w}x{h}_restart.jpg", run(["cjpeg", "-restart", "1"], ppm))
        write(f"{w}x{h}_restart3.jpg", run(["cjpeg", "-restart", "3B", "-sample", "2x1"], ppm))
        write(f"{w}x{h}_restart_progressive.jpg", run(["cjpeg", "-restart", "2B", "-progressive"], ppm))
        write(f"{w}x{h}_rgb.jpg", run(["cjpeg", "-rgb"], ppm))
        write(f"{w}x{h}_grayscale.jpg", run(["cjpeg", "-grayscale", "-sample", "2x2"], ppm))
        for text in "0;1;2;", "0 1;2;", "0;1 2;":
            scans = os.path.join(folder, "scans.txt")
            with open(scans, "w") as f:
                f.write(text)
            write(f"{w}x{h}_scans{text.replace(' ', '').replace(';', '-')}.jpg",
                  run(["cjpeg", "-scans", scans], ppm))
            os.remove(scans)
    for quality in 1, 5, 20:  # 16-bit quantization tables
        write(f"extended{quality}.jpg", run(["cjpeg", "-quality", str(quality)], ppm))
        write(f"tables{quality}.jpg", run(["cjpeg", "-quality", f"{quality},90"], ppm))
    arithmetic = run(["cjpeg", "-arithmetic"], ppm)
    write("arithmetic.jpg", arithmetic)
    os.rename(os.path.join(folder, "arithmetic.jpg.rgb"), os.path.join(folder, "arithmetic.jpg.refused"))


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width, height, depth, color, row_bytes, extra=b"", interlace=0):
    """A PNG of random samples, for kinds that Pillow does not write."""
    def rows(w, h):
        return b"".join(bytes([0]) + random.randbytes(row_bytes(w)) for _ in range(h)) if w and h else b""
    if interlace:
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
        data = b"".join(rows((width - x + dx - 1) // dx, (height - y + dy - 1) // dy) for x, y, dx, dy in passes)
    else:
        data = rows(width, height)
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(data))
            + chunk(b"IEND", b""))


def pngs():
    image = picture(61, 47)
    for mode in "1", "L", "LA", "P", "RGB", "RGBA":
        save(f"{mode}.png", image.convert(mode), "PNG")
    alpha = image.convert("RGBA")
    alpha.putalpha(image.convert("L"))
    save("alpha.png", alpha, "PNG")
    save("transparent_palette.png", image.convert("P"), "PNG", transparency=3)
    save("transparent_palette2.png", image.quantize(16), "PNG", transparency=b"\x00\x40\x80\xff")
    save("transparent_gray.png", image.convert("L"), "PNG", transparency=100)
    save("transparent_rgb.png", image, "PNG", transparency=(230, 20, 40))
    save("two_colours.png", image.quantize(2), "PNG")
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
    for color, depths in {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}.items():
        for depth in depths:
            for interlace in 0, 1:
                def row_bytes(w):
                    return (w * depth * channels[color] + 7) // 8
                extra = chunk(b"PLTE", random.randbytes(3 << depth)) if color == 3 else b""
                name = f"color{color}_{depth}bit{'_interlaced' if interlace else ''}"
                write(name + ".png", png(37, 29, depth, color, row_bytes, extra, interlace))
                if color == 0:
                    write(name + "_trns.png",
                          png(37, 29, depth, color, row_bytes, chunk(b"tRNS", b"\x00\x01"), interlace))
    write("short_palette.png", png(37, 29, 8, 3, lambda w: w, chunk(b"PLTE", random.randbytes(30))))
    sixteen = Image.frombytes("I;16", (16, 16), struct.pack("<256H", *range(0, 1024, 4)))
    save("gray16.png", sixteen, "PNG")
    data = encoded(image, "PNG")
    write("half.png", data[:len(data) // 2])


def others():
    image = picture(61, 47)
    if features.check("webp"):
        for w, h in SIZES[:-1]:
            picture_wh = picture(w, h)
            for quality in 10, 80, 100:
                save(f"{w}x{h}_{quality}.webp", picture_wh, "WEBP", quality=quality)
            save(f"{w}x{h}_lossless.webp", picture_wh, "WEBP", lossless=True)
        alpha = image.convert("RGBA")
        alpha.putalpha(image.convert("L"))
        save("alpha.webp", alpha, "WEBP", quality=70)
        save("alpha_lossless.webp", alpha, "WEBP", lossless=True, exact=True)
        save("exif.webp", image, "WEBP", exif=b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00")
        save("photo.webp", picture(500, 375), "WEBP")
        if features.check("webp_anim"):
            frames = [image.rotate(90 * i) for i in range(3)]
            save("animated.webp", frames[0], "WEBP", save_all=True, append_images=frames[1:])
            save("animated_lossless.webp", frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    for mode in "1", "L", "P", "RGB", "RGBA":
        save(f"{mode}.bmp", image.convert(mode), "BMP")
    for mode in "1", "L", "P", "RGB":
        save(f"{mode}.gif", image.convert(mode), "GIF")
    save("interlaced.gif", image, "GIF", interlace=1)
    save("transparent.gif", image.quantize(64), "GIF", transparency=5)
    save("animated.gif", image, "GIF", save_all=True, append_images=[image.rotate(90)])
    gif = encoded(image.quantize(64), "GIF", transparency=5)
    for name, data in ("larger_canvas", gif), ("larger_canvas_opaque", encoded(image.quantize(64), "GIF")):
        at = data.index(b",\0\0\0\0") + 1
        for kind, left, top in ("", 11, 3), ("_outgrown", 40, 50):
            write(f"{name}{kind}.gif", data[:6] + struct.pack("<HH", 80, 70) + data[10:at]
                  + struct.pack("<HH", left, top) + data[at + 4:])


def bmps():
    """Files of kinds that Pillow does not write."""
    w, h = 37, 21

    def bmp(bits, pixels, compression=0, colours=0, size=40, masks=b"", height=h):
        entry = 3 if size == 12 else 4
        head = (struct.pack("<IHHHH", 12, w, height, 1, bits) if size == 12 else
                struct.pack("<IiiHHIIiiII", size, w, height, 1, bits, compression, len(pixels), 2835, 2835, colours, 0)
                + masks + bytes(max(size - 40 - len(masks), 0)))
        head += random.randbytes(entry * (colours or (1 << bits if bits <= 8 else 0)))
        return b"BM" + struct.pack("<IHHI", 14 + len(head) + len(pixels), 0, 0, 14 + len(head)) + head + pixels

    def rows(bits):
        return random.randbytes((w * bits + 31) // 32 * 4 * h)

    for bits in 1, 4, 8, 16, 24, 32:
        for size in 12, 40, 52, 64, 108, 124:
            write(f"bits{bits}_header{size}.bmp", bmp(bits, rows(bits), size=size))
        write(f"bits{bits}_down.bmp", bmp(bits, rows(bits), height=-h))
    write("colours20.bmp", bmp(8, rows(8), colours=20))
    for bits, masks in [(16, (0xf800, 0x7e0, 0x1f, 0)), (16, (0x7c00, 0x3e0, 0x1f, 0)), (16, (0xf00, 0xf0, 0xf, 0)),
                        (24, (0xff0000, 0xff00, 0xff, 0)), (32, (0, 0, 0, 0)),
                        (32, (0xff0000, 0xff00, 0xff, 0)), (32, (0xff0000, 0xff00, 0xff, 0xff000000)),
                        (32, (0xff000000, 0xff0000, 0xff00, 0)), (32, (0xff000000, 0xff0000, 0xff00, 0xff)),
                        (32, (0xff, 0xff00, 0xff0000, 0xff000000)), (32, (0xff, 0xff00, 0xff0000, 0))]:
        for size in 40, 108:
            data = struct.pack("<4I", *masks)[:12 if size == 40 else 16]
            write(f"fields{bits}_{masks[0]:x}_{masks[3]:x}_{size}.bmp", bmp(bits, rows(bits), 3, size=size, masks=data))
    for bits in 8, 4:
        data = b""
        for y in range(h):
            x = 0
            while x < w:
                n = random.randint(1, 14)
                if n < 3 or n % 2 or x + n > w:  # a run, which may be longer than the row
                    data += bytes([n, random.randrange(256)])
                else:
                    body = random.randbytes(n * bits // 8)
                    data += bytes([0, n]) + body + bytes(len(body) % 2)
                x += n
            data += bytes(2)
        write(f"runs{bits}.bmp", bmp(bits, data + b"\0\1", 3 - bits // 4))
        step = bytes([5, 7, 0, 2, 3, 1, 4, 200, 0, 0]) + data
        write(f"runs{bits}_step.bmp", bmp(bits, step, 3 - bits // 4))
        os.rename(os.path.join(folder, f"runs{bits}_step.bmp.rgb"), os.path.join(folder, f"runs{bits}_step.bmp.refused"))
        write(f"runs{bits}_half.bmp", bmp(bits, data[:len(data) // 2], 3 - bits // 4))


def tiffs():
    image = picture(61, 47)
    alpha = image.convert("RGBA")
    alpha.putalpha(image.convert("L"))
    numbers = list(range(-1000, 2867 - 1000))
    images = {mode: image.convert(mode) for mode in ("1", "L", "LA", "P", "RGB", "CMYK", "YCbCr")}
    images |= {"RGBA": alpha, "I": Image.frombytes("I", (61, 47), struct.pack("<2867i", *numbers)),
               "F": Image.frombytes("F", (61, 47), struct.pack("<2867f", *(n / 7 for n in numbers))),
               "I;16": Image.frombytes("I;16", (61, 47), struct.pack("<2867H", *range(2867)))}
    for mode, picture_of in images.items():
        for compression in None, "tiff_lzw", "tiff_adobe_deflate", "packbits", "zstd", "jpeg":
            if compression == "jpeg" and mode not in ("L", "RGB", "CMYK", "RGBA", "YCbCr"):
                continue
            for tag, value in (278, 10), (317, 2):  # rows of a strip, predictor
                if value == 2 and (mode == "1" or compression in (None, "packbits", "jpeg")):
                    continue
                name = f"{mode.replace(';', '')}_{compression or 'raw'}_{tag}.tif"
                try:
                    save(name, picture_of, "TIFF", compression=compression, tiffinfo={tag: value})
                except OSError:  # not in this libtiff
                    continue
                if mode == "YCbCr" and compression != "jpeg" and os.path.exists(os.path.join(folder, name + ".rgb")):
                    os.rename(os.path.join(folder, name + ".rgb"), os.path.join(folder, name + ".refused"))
    for photometric in 0, 1:
        for compression in "group3", "group4":
            save(f"{compression}_{photometric}.tif", images["1"], "TIFF", compression=compression,
                 tiffinfo={262: photometric})
    for order in "<", ">":
        for bits, samples, photometric, more in [
                (1, 1, 0, {}), (2, 1, 0, {}), (2, 1, 1, {}), (4, 1, 0, {}), (4, 1, 1, {}), (8, 1, 0, {}),
                (16, 1, 0, {}), (16, 1, 1, {}), (16, 1, 1, {339: 2}), (32, 1, 1, {}), (32, 1, 1, {339: 2}),
                (32, 1, 1, {339: 3}), (32, 1, 0, {339: 3}), (4, 1, 3, {}), (8, 2, 3, {338: 2}), (16, 3, 2, {}),
                (16, 4, 2, {338: 2}), (16, 4, 2, {338: 1}), (8, 4, 2, {338: 1}), (8, 4, 2, {}), (8, 5, 5, {338: 0}),
                (16, 4, 5, {}), (8, 3, 8, {}), (8, 2, 1, {338: 1}), (8, 4, 2, {284: 2, 338: 2}), (8, 3, 2, {284: 2}),
                (16, 3, 2, {284: 2}), (16, 4, 2, {284: 2, 338: 2}),
                (8, 3, 2, {266: 2}), (1, 1, 1, {266: 2}), (8, 1, 4, {}), (8, 2, 2, {})]:
            for tiled in False, True:
                for compression in 1, 8:
                    tags = "_".join(f"{k}-{v}" for k, v in more.items())
                    name = f"tags{bits}x{samples}_{photometric}_{tags}_{order == '<':d}{tiled:d}_{compression}.tif"
                    write(name, tiff(order, bits, samples, photometric, more, tiled, compression))
                    refused = (photometric == 8 or order == ">" and bits == 32 and compression == 8
                               or more.get(284) and bits == 16 and compression == 1)
                    if refused and os.path.exists(os.path.join(folder, name + ".rgb")):
                        os.rename(os.path.join(folder, name + ".rgb"), os.path.join(folder, name + ".refused"))


def ppms():
    image = picture(61, 47)
    for mode in "1", "L", "RGB":
        save(f"{mode}.ppm", image.convert(mode), "PPM")
    w, h = 13, 9
    for most in 1, 7, 255, 1000, 65535:
        for kind, channels in (2, 1), (3, 3):
            values = [random.randint(0, most) for _ in range(w * h * channels)]
            text = f"P{kind}\n# made by hand\n{w} {h}#\n\t{most}\n" + "".join(f"{v} #x\n" if v % 5 == 0 else f"{v}  " for v in values)
            write(f"text{kind}_{most}.ppm", text.encode())
            body = b"".join(v.to_bytes(1 + (most > 255), "big") for v in values)
            write(f"bytes{kind}_{most}.ppm", f"P{kind + 3} {w} {h} {most}\n".encode() + body)
    bits = "".join(random.choice("01") + random.choice(["", " ", "\n"]) for _ in range(w * h))
    write("text1.ppm", f"P1\n{w} {h}\n{bits}".encode())
    write("half.ppm", f"P6 {w} {h} 255\n".encode() + bytes(w * h))
    write("above.ppm", f"P2 1 1 9\n10\n".encode())


def tiff(order, bits, samples, photometric, more, tiled, compression):
    """A TIFF of random samples, for kinds that Pillow does not write."""
    w, h = 37, 29
    planes = samples if more.get(284) == 2 else 1
    wide, high = (16, 32) if tiled else (w, 11)
    across, down = -(-w // wide), -(-h // high)
    parts = []
    for _ in range(planes):
        for i in range(across * down):
            rows = high if tiled else min(high, h - i * high)
            row = (wide * bits * samples // planes + 7) // 8
            if more.get(339) == 3:
                part = struct.pack(order + f"{row * rows // 4}f",
                                   *(random.uniform(-50, 300) for _ in range(row * rows // 4)))
            else:
                part = random.randbytes(row * rows)
            parts.append(zlib.compress(part) if compression == 8 else part)
    tags = {256: w, 257: h, 258: [bits] * samples, 259: compression, 262: photometric, 277: samples, **more}
    offsets, counts = (324, 325) if tiled else (273, 279)
    tags[offsets], tags[counts] = [0] * len(parts), [len(part) for part in parts]
    tags |= {322: wide, 323: high} if tiled else {278: high}
    if photometric == 3:
        tags[320] = [random.randrange(65536) for _ in range(3 << bits)]
    at = 8 + 2 + 12 * len(tags) + 4
    directory, far = struct.pack(order + "H", len(tags)), b""
    size = sum(2 * len(v) for v in tags.values() if isinstance(v, list) and 2 * len(v) > 4)
    start = at + size
    tags[offsets] = [start + sum(len(part) for part in parts[:i]) for i in range(len(parts))]
    for tag, values in sorted(tags.items()):
        values = values if isinstance(values, list) else [values]
        body = struct.pack(order + f"{len(values)}H", *values)
        if len(body) > 4:
            body, far = struct.pack(order + "I", at + len(far)), far + body
        directory += struct.pack(order + "HHI", tag, 3, len(values)) + body.ljust(4, b"\0")
    return ((b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8) + directory + bytes(4) + far
            + b"".join(parts))


jpegs()
pngs()
others()
bmps()
tiffs()
ppms()
