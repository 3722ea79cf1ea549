"""A small set of labelled images for tests of training: bright patches whose place is their label."""
import os

import numpy as np


def write_images(folder, count=400):
    """Writes images.idx and labels.idx; returns the options that name them."""
    random = np.random.default_rng(1)
    labels = np.arange(count) % 10
    images = random.integers(0, 256, (count, 28, 28)) * (random.random((count, 28, 28)) < 0.02)
    for image, label in zip(images, labels):
        row, column = 3 + 12 * (label % 2) + random.integers(3), 2 + 5 * (label // 2)
        image[row:row + 8, column:column + 4] = random.integers(100, 256, (8, 4))
    paths = os.path.join(folder, "images.idx"), os.path.join(folder, "labels.idx")
    with open(paths[0], "wb") as file:
        file.write(np.array([2051, count, 28, 28], ">i4").tobytes() + images.astype(np.uint8).tobytes())
    with open(paths[1], "wb") as file:
        file.write(np.array([2049, count], ">i4").tobytes() + labels.astype(np.uint8).tobytes())
    return ["--images", paths[0], "--labels", paths[1]]
