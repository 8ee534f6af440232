"""Makes samples.json: bodies of every format, and the right answers to them.

The values come from NumPy, Pillow, PyArrow and ONNX Runtime for Python, not from Ekiben. Run it
with the packages numpy, pillow, pyarrow and onnxruntime, then format the file by Biome.
"""

from base64 import b64encode
from gzip import compress
from io import BytesIO
from json import dumps, loads
from pathlib import Path
from zlib import compressobj, compress as deflate
import numpy as np
import onnxruntime
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image, ImageOps

here = Path(__file__).parent
mnist = here / "../../../examples/mnist"


def text(data):
    return b64encode(data).decode()


def npy(array):
    body = BytesIO()
    np.save(body, array)
    return text(body.getvalue())


def picture(name, image, **options):
    body = BytesIO()
    image.save(body, **options)
    file = Image.open(BytesIO(body.getvalue()))
    pixels = {mode: list(file.convert(mode).tobytes()) for mode in ("L", "RGB", "RGBA")}
    turned = ImageOps.exif_transpose(file).convert("RGB")
    upright = {"width": turned.width, "height": turned.height, "data": list(turned.tobytes())}
    return {
        "name": name,
        "file": text(body.getvalue()),
        "width": file.width,
        "height": file.height,
        "pixels": pixels,
        "upright": upright,
    }


def pictures():
    x, y = np.meshgrid(np.arange(5), np.arange(3))
    rgb = np.stack([x * 60, y * 120, 255 - x * 50], axis=2).astype("uint8")
    plain = Image.fromarray(rgb)
    clear = Image.fromarray(np.concatenate([rgb, (x * y * 30).astype("uint8")[..., None]], axis=2))
    turned = Image.Exif()
    turned[0x0112] = 6
    return [
        picture("png", plain, format="PNG"),
        picture("png, with alpha", clear, format="PNG"),
        picture("png, grey", plain.convert("L"), format="PNG"),
        picture("jpeg", plain, format="JPEG", quality=90),
        picture("jpeg, turned", plain, format="JPEG", quality=90, exif=turned),
        picture("webp", plain, format="WEBP", lossless=True),
        picture("gif", plain.quantize(8), format="GIF"),
        picture("bmp", plain, format="BMP"),
        picture("tiff", plain, format="TIFF", compression="tiff_lzw"),
    ]


def digits():
    session = onnxruntime.InferenceSession(mnist / "mnist-cnn.onnx")
    found = []
    for label in loads((mnist / "digits/labels.json").read_text()):
        file = (mnist / "digits" / label["file"]).read_bytes()
        pixels = np.asarray(Image.open(BytesIO(file)), "float32") / 255
        feeds = {session.get_inputs()[0].name: pixels[None, None]}
        [scores] = session.run(["probabilities"], feeds)
        assert scores[0].argmax() == label["label"]
        found.append({"file": text(file), "digit": label["label"], "scores": scores[0].tolist()})
    return found


def parquet(compression):
    body = BytesIO()
    age = pa.array([36, 7, 61], "int32")
    table = pa.table({"name": ["Ada", "Bo", None], "age": age, "big": [1, 2**53 + 1, -5]})
    pq.write_table(table, body, compression=compression)
    return text(body.getvalue())


def bare(data):
    raw = compressobj(wbits=-15)
    return raw.compress(data) + raw.flush()


def compressed():
    def gzip(data):
        return compress(data, mtime=0)

    hello = b"hello world"
    [first, second, empty] = [gzip(hello[:6]), gzip(hello[6:]), gzip(b"")]
    flipped = bytearray(gzip(hello))
    flipped[-5] ^= 1
    bodies = {
        "gzip": gzip(hello),
        "gzipInTwo": first + second,
        "gzipWithEmpty": empty + first + empty + second + empty,
        "gzipAndZeros": first + second + bytes(20),
        "gzipCut": gzip(hello)[:-3],
        "gzipCutInTwo": first + second[:-3],
        "gzipAndText": gzip(hello) + b"xy",
        "gzipWrongSum": bytes(flipped),
        "deflate": deflate(hello),
        "deflateCut": deflate(hello)[:-2],
        "deflateAndText": deflate(hello) + b"xy",
        "bareDeflate": bare(hello),
    }
    return {name: text(body) for name, body in bodies.items()}


samples = {
    "npy": {
        "float32": npy(np.array([[1, 2.5], [3, -4]], "<f4")),
        "bigEndian": npy(np.array([1, -2, 2**62], ">i8")),
        "columnsFirst": npy(np.asfortranarray(np.arange(6, dtype="<f8").reshape(2, 3))),
        "doubled": npy(np.array([[2, 5], [6, -8]], "<f4")),
    },
    "raw": {
        "float16": text(np.array([1.5, -2, 65504], "<f2").tobytes()),
        "float32": text(np.array([[1, 2.5], [3, -4]], "<f4").tobytes()),
        "doubled": text(np.array([[2, 5], [6, -8]], "<f4").tobytes()),
    },
    "compressed": compressed(),
    "parquet": {name: parquet(name) for name in ("none", "snappy", "gzip", "zstd")},
    "pictures": pictures(),
    "digits": digits(),
}
(here / "samples.json").write_text(dumps(samples, separators=(",", ":")) + "\n")
