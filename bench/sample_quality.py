"""Measures the samples of generators by two networks in torch that share no code with firstspike.

1. Fréchet distance to MNIST's 10,000 test images, in the penultimate layer of a convolutional network that was trained on the
   training images; its confidence and classes; and how many samples differ from each other.
2. Train on samples, test on real: the accuracy on the test images of a 784-256-10 network that was trained on samples alone.

Real training images are measured in the same way.

usage: bench/sample_quality [--model MODEL ...] [--images FILE [--labels FILE]] [--seeds N] [--data DIR] [--firstspike FILE]
                            [--features FILE] [--json]
"""
import argparse
import hashlib
import json
import os
import pathlib
import statistics
import struct
import sys
import tempfile
import zlib

import h5py
import numpy
import torch
from torch import nn

import gan
from second_classifier import content, file_of, read_images, read_labels

ROOT = pathlib.Path(__file__).resolve().parent.parent
CLASSES = 10
MEASURED = 10000  # images of a Fréchet distance
LEARNT = 60000  # images that the 784-256-10 network is trained on, as many as MNIST's training images
FEATURES_RECIPE = "conv 16x5, max 2, conv 32x5, max 2, dense 128; Adam 2e-3 falling to 0, batch 100, 4 epochs, seed 1"
LEAST_ACCURACY = 0.99  # of the convolutional network, on the test images


def feature_network():
    """Convolutional network; all but its last layer compute the features."""
    return nn.Sequential(nn.Conv2d(1, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 5, padding=2), nn.ReLU(),
                         nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32 * 49, 128), nn.ReLU(), nn.Linear(128, CLASSES))


def train(net, images, labels, epochs, batch, rate, falling):
    steps = epochs * -(-len(images) // batch)
    adam = torch.optim.Adam(net.parameters(), rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(adam, lambda step: 1 - step / steps if falling else 1)
    for _ in range(epochs):
        for part in torch.randperm(len(images)).split(batch):
            adam.zero_grad()
            nn.functional.cross_entropy(net(images[part]), labels[part]).backward()
            adam.step()
            schedule.step()


def outputs(net, images):
    with torch.no_grad():
        return torch.cat([net(part) for part in images.split(500)])


def accuracy(net, images, labels):
    return float((outputs(net, images).argmax(1) == labels).float().mean())


def trained_features(file, data, mnist):
    """The network, from `file` if it was trained by the same recipe on the same images; otherwise trained, and written there."""
    digest = hashlib.sha256(b"".join(content(file_of(data, f"train-{name}-ubyte")) for name in ("images-idx3", "labels-idx1")))
    recipe = f"{FEATURES_RECIPE}; images and labels {digest.hexdigest()}"
    stored = torch.load(file, weights_only=True) if file.exists() else {}
    torch.manual_seed(1)
    net = feature_network()
    if stored.get("recipe") == recipe:
        net.load_state_dict(stored["weights"])
    else:
        print(f"training the convolutional network, for {file}", file=sys.stderr, flush=True)
        train(net, *mnist["train"], epochs=4, batch=100, rate=2e-3, falling=True)
        file.parent.mkdir(parents=True, exist_ok=True)
        torch.save({"recipe": recipe, "weights": net.state_dict()}, f"{file}.new")
        os.replace(f"{file}.new", file)
    found = accuracy(net, *mnist["test"])
    if found < LEAST_ACCURACY:
        raise SystemExit(f"{file}: {100 * found:.2f} % of the test images, needed: {100 * LEAST_ACCURACY:.0f} %; remove the file")
    return net, found


def square_root(matrix):
    """Of a symmetric matrix without negative eigenvalues; those that rounding made negative count as 0."""
    values, vectors = numpy.linalg.eigh(matrix)
    return (vectors * numpy.sqrt(numpy.maximum(values, 0))) @ vectors.T


def frechet_distance(a, b):
    """|m_a - m_b|^2 + tr(C_a + C_b - 2 (C_a^1/2 C_b C_a^1/2)^1/2) of points [point][feature], m the means, C the covariances."""
    a, b = numpy.asarray(a, numpy.float64), numpy.asarray(b, numpy.float64)
    c_a, c_b = numpy.cov(a.T), numpy.cov(b.T)
    root = square_root(c_a)
    between = a.mean(0) - b.mean(0)
    return float(between @ between + numpy.trace(c_a) + numpy.trace(c_b) - 2 * numpy.trace(square_root(root @ c_b @ root)))


def check_frechet_distance():
    """Against another formula: in two dimensions, tr(M^1/2) = sqrt(tr M + 2 sqrt(det M)), with M = C_a C_b."""
    random = numpy.random.default_rng(1)
    a, b = (random.normal(size=(50, 2)) @ mixed for mixed in ([[1, 2], [0, 1]], [[3, 0], [-1, 1]]))
    c_a, c_b = numpy.cov(a.T), numpy.cov(b.T)
    root = numpy.sqrt(numpy.trace(c_a @ c_b) + 2 * numpy.sqrt(numpy.linalg.det(c_a @ c_b)))
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + numpy.trace(c_a + c_b) - 2 * root
    assert abs(frechet_distance(a, b) - expected) < 1e-9 * expected
    assert abs(frechet_distance(a, a)) < 1e-9


def different(images):
    """Number of different images, and of different images after rounding each pixel to black or white."""
    grey = (255 * images.flatten(1)).round().to(torch.uint8).numpy()
    return len({row.tobytes() for row in grey}), len({row.tobytes() for row in numpy.packbits(grey >= 128, axis=1)})


def accuracy_of_training_on(images, labels, test, seed):
    """Accuracy on the test images of a 784-256-10 ReLU network that was trained on these images: Adam 1e-3, batch 128, 10 epochs."""
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Flatten(), nn.Linear(28 * 28, 256), nn.ReLU(), nn.Linear(256, CLASSES))
    train(net, images, labels, epochs=10, batch=128, rate=1e-3, falling=False)
    return accuracy(net, *test)


def measure(images, labels, seed, measured, net, mnist):
    """Measures `measured` of the images by the features. Trains on the first LEARNT images if they have labels."""
    images_of_features = images[measured]
    in_features = outputs(net[:-1], images_of_features)
    of_test = outputs(net[:-1], mnist["test"][0])
    probabilities = net[-1](in_features).detach().softmax(1)
    classes = probabilities.argmax(1)
    all_grey, black_and_white = different(images_of_features)
    found = {"seed": seed, "frechet": frechet_distance(in_features, of_test), "confidence": float(probabilities.max(1).values.mean()),
             "different": all_grey, "different_in_black_and_white": black_and_white,
             "shares": (torch.bincount(classes, minlength=CLASSES) / len(classes)).tolist()}
    if labels is not None:
        found["of_their_class"] = float((classes == labels[measured]).float().mean())
        if len(images) >= LEARNT:
            found["accuracy"] = accuracy_of_training_on(images[:LEARNT], labels[:LEARNT], mnist["test"], seed)
    return found


def read(reader, path):
    try:
        return reader(path)
    except (OSError, EOFError, ValueError, struct.error, zlib.error) as error:
        raise SystemExit(f"{path}: {error}; needed: an idx file, which may end with .gz")


def checked_images(path):
    images = read(read_images, path)
    if tuple(images.shape[2:]) != (28, 28) or len(images) < MEASURED:
        raise SystemExit(f"{path}: {len(images)} images of {images.shape[2]} x {images.shape[3]} pixels, "
                         f"needed: {MEASURED} or more of 28 x 28")
    return images


def checked_labels(path, images):
    labels = read(read_labels, path)
    if len(labels) != len(images) or int(labels.max()) >= CLASSES:
        raise SystemExit(f"{path}: {len(labels)} labels up to {int(labels.max())}, needed: {len(images)} labels of 0 to {CLASSES - 1}")
    return labels


def drawn(firstspike, model, seed, directory):
    """LEARNT samples of a generator, and their labels; None for labels if it is not class-conditional."""
    def generate(count, file):
        gan.run(firstspike, "generate", "--model", model, "--count", str(count), "--seed", str(1000 + seed), "--threads", "1",
                "--out", str(directory / file), "--overwrite")
        return directory / file

    images = checked_images(generate(LEARNT, "samples.idx"))
    with h5py.File(generate(256, "samples.h5")) as trace:
        labels = trace["labels"][()].astype(numpy.int64) if "labels" in trace else None
    if labels is None:
        return images, None
    classes = labels[:len(set(labels))]
    in_turn = numpy.resize(classes, LEARNT)  # the trace would take much space for all samples
    if not numpy.array_equal(in_turn[:len(labels)], labels):
        raise SystemExit(f"{model}: labels {labels[:20]}..., needed: the classes in turn")
    return images, torch.from_numpy(in_turn)


def why_not_trained_on(name, labels, count):
    if labels is None:
        return f"{name}: no network is trained on these samples, as they have no labels (a generator without classes, or no --labels)"
    return f"{name}: no network is trained on these samples, as there are {count}, needed: {LEARNT}"


def mean_and_range(values, digits):
    if None in values:
        return ""
    lowest, highest = (f"{value:.{digits}f}" for value in (min(values), max(values)))
    return lowest if lowest == highest else gan.mean_and_range(values, digits)


def table(sets):
    lines = ["| images | Fréchet distance | of real's | confidence | different | in black and white | of their class [%] | "
             "classes 0 to 9 [%] | training on them, accuracy [%] | of real's |", "|---|--:|--:|--:|--:|--:|--:|---|--:|--:|"]
    real = {run["seed"]: run for run in sets[0]["runs"]}
    for measured in sets:
        runs = measured["runs"]

        def cell(key, digits, unit=1):
            return mean_and_range([unit * run[key] if key in run else None for run in runs], digits)

        def ratio(key, digits):
            return mean_and_range([run[key] / real[run["seed"]][key] if key in run else None for run in runs], digits)

        shares = " ".join(f"{100 * statistics.mean(share):.1f}" for share in zip(*(run["shares"] for run in runs)))
        cells = [measured["name"], cell("frechet", 2), ratio("frechet", 2), cell("confidence", 3), cell("different", 0),
                 cell("different_in_black_and_white", 0), cell("of_their_class", 1, 100),
                 shares, cell("accuracy", 2, 100), ratio("accuracy", 3)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(prog="bench/sample_quality", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", nargs="+", default=[], help="generators: files or names of pretrained models")
    parser.add_argument("--images", type=pathlib.Path, help="measures this idx file, of 10,000 images or more")
    parser.add_argument("--labels", type=pathlib.Path, help="the labels of --images")
    parser.add_argument("--seeds", type=int, default=1, help="repeats: seeds 1 to N of drawing and of training on samples (default 1)")
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path(os.environ.get("FIRSTSPIKE_DATA", ROOT.parent / "shared/data/mnist")),
                        help="MNIST's four files")
    parser.add_argument("--firstspike", default=str(ROOT / "build/apps/firstspike"))
    parser.add_argument("--features", type=pathlib.Path, default=ROOT / "runs/sample_quality/features.pt",
                        help="keeps the trained convolutional network (default runs/sample_quality/features.pt)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args()
    if asked.labels and not asked.images:
        parser.error("--labels: needs --images")
    if asked.seeds < 1:
        parser.error(f"--seeds: {asked.seeds}, allowed: 1 or more")
    check_frechet_distance()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)  # as in ann_gan.py
    mnist = {name: (read(read_images, file_of(asked.data, f"{file}-images-idx3-ubyte")),
                    read(read_labels, file_of(asked.data, f"{file}-labels-idx1-ubyte"))) for name, file in (("train", "train"), ("test", "t10k"))}
    net, of_test_images = trained_features(asked.features, asked.data, mnist)
    seeds = range(1, asked.seeds + 1)
    skipped = []

    def measured(name, images_and_labels, chosen=lambda seed: slice(0, MEASURED)):
        runs = []
        for seed in seeds:
            images, labels = images_and_labels(seed)
            runs.append(measure(images, labels, seed, chosen(seed), net, mnist))
        if "accuracy" not in runs[0]:
            skipped.append(why_not_trained_on(name, labels, len(images)))
        return {"name": name, "runs": runs}

    sets = [measured("real training images", lambda seed: mnist["train"],
                     lambda seed: torch.randperm(LEARNT, generator=torch.Generator().manual_seed(seed))[:MEASURED])]
    with tempfile.TemporaryDirectory() as directory:
        for model in asked.model or ([] if asked.images else ["digits-generator"]):
            sets.append(measured(model, lambda seed: drawn(asked.firstspike, model, seed, pathlib.Path(directory))))
    if asked.images:
        images = checked_images(asked.images)
        labels = checked_labels(asked.labels, images) if asked.labels else None
        sets.append(measured(asked.images.name, lambda seed: (images, labels)))
    if asked.json:
        print(json.dumps({"accuracy_of_features": of_test_images, "sets": sets, "skipped": skipped}))
        return
    print(f"convolutional network: {100 * of_test_images:.2f} % of the test images\n")
    print(table(sets))
    for line in skipped:
        print(f"\n{line}")


if __name__ == "__main__":
    main()
