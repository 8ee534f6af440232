"""Shrinks a JPEG with Pillow. Arguments: the file, or --make and the file to make.

For each line of input, a number of seconds, it shrinks the picture as often as fits, and prints
the milliseconds of each time.
"""
import io
import sys
import time

from PIL import Image

SIZE = (224, 224)


def make(path):
    """Saves a picture of 3000 x 2000 with large shapes, edges and grain, as a photograph has."""
    shapes = Image.effect_mandelbrot((3000, 2000), (-2.2, -1.2, 1.0, 1.2), 60)
    grain = Image.effect_noise((3000, 2000), 24)
    slope = Image.linear_gradient("L").resize((3000, 2000))
    channels = [Image.blend(shapes, grain, 0.25), Image.blend(slope, grain, 0.2), slope]
    Image.merge("RGB", channels).save(path, quality=90)


def shrink(data):
    picture = Image.open(io.BytesIO(data))
    picture.draft("RGB", SIZE)
    return picture.resize(SIZE)


def main():
    if sys.argv[1] == "--make":
        return make(sys.argv[2])
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    for line in sys.stdin:
        times = []
        end = time.perf_counter() + float(line)
        while time.perf_counter() < end:
            begin = time.perf_counter()
            shrink(data)
            times.append(round(1000 * (time.perf_counter() - begin), 3))
        print(times, flush=True)


main()
