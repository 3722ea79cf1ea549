"""An independent reference classifier: a small convolutional network in torch, trained on MNIST's training images."""
import gzip
import pathlib
import struct

import numpy
import torch
from torch import nn


def file_of(data, name):
    path = pathlib.Path(data) / f"{name}.gz"
    return path if path.exists() else path.with_suffix("")


def content(path):
    path = pathlib.Path(path)
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def read_images(path):
    raw = content(path)
    count, rows, columns = struct.unpack(">3i", raw[4:16])
    pixels = numpy.frombuffer(raw, numpy.uint8, offset=16).reshape(count, 1, rows, columns)
    return torch.from_numpy(pixels.astype(numpy.float32) / 255)


def read_labels(path):
    return torch.from_numpy(numpy.frombuffer(content(path), numpy.uint8, offset=8).astype(numpy.int64))


def noise_like(images):
    return torch.rand(images.shape, generator=torch.Generator().manual_seed(1))


class ConvolutionalClassifier:
    def __init__(self, net, test, labels):
        self.net, self.test = net, test
        self.accuracy = float((self.probabilities(test).argmax(1) == labels).float().mean())

    def probabilities(self, images):
        with torch.no_grad():
            return torch.cat([self.net(part).softmax(1) for part in images.split(500)])

    def confidence(self, images):
        """Mean probability of the predicted class."""
        return float(self.probabilities(images).max(1).values.mean())


def trained(data, epochs=2, batch=100):
    torch.manual_seed(1)
    torch.set_flush_denormal(True)
    images = read_images(file_of(data, "train-images-idx3-ubyte"))
    labels = read_labels(file_of(data, "train-labels-idx1-ubyte"))
    net = nn.Sequential(nn.Conv2d(1, 12, 5, 2, 2), nn.ReLU(), nn.Conv2d(12, 24, 5, 2, 2), nn.ReLU(), nn.Flatten(),
                        nn.Linear(24 * 49, 10))
    adam = torch.optim.Adam(net.parameters(), 2e-3)
    loss = nn.CrossEntropyLoss()
    for _ in range(epochs):
        for part in torch.randperm(len(images)).split(batch):
            adam.zero_grad()
            loss(net(images[part]), labels[part]).backward()
            adam.step()
    return ConvolutionalClassifier(net, read_images(file_of(data, "t10k-images-idx3-ubyte")), read_labels(file_of(data, "t10k-labels-idx1-ubyte")))
