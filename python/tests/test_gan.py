"""GANs: bit for bit those of the command."""

import pickle

import numpy as np
import pytest

import firstspike as fs
from conftest import assert_same_weights
from test_classifier import as_arguments

SMALL = dict(hidden=[30], d_hidden=[30], noise=20, batch=16, steps=20)
KINDS = [
    dict(kernel="ramp"),
    dict(kernel="ramp", conditional="on"),
    dict(kernel="ramp", regime="free"),
    dict(kernel="step"),
    dict(kernel="step", conditional="on", loss="hinge"),
    dict(kernel="step", regime="free"),
]
CONVOLUTIONAL = dict(
    conditional="on",
    layers="dense 7x7x4 / conv_transpose 1x8 stride 4 padding 2",
    d_layers="conv 4x4 stride 3 / pool 2 / dense 12",
    hidden=None,
    d_hidden=None,
)
KINDS += [dict(kernel="ramp", **CONVOLUTIONAL), dict(kernel="step", **CONVOLUTIONAL)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: "-".join(v for v in k.values() if v and " " not in v))
def test_training_and_samples_equal_those_of_the_command(kind, command, digits, files, tmp_path):
    options = {name: value for name, value in {**SMALL, **kind}.items() if value is not None}
    gan = fs.GAN(**options).fit(*digits[:2])
    run = tmp_path / "run"
    done = command.json("train", "gan", "--images", files[0], "--labels", files[1], "--out", run, *as_arguments(options))
    assert gan.gradient_hash_ == done["gradient_hash"] != ""
    (tmp_path / "own").mkdir()
    gan.save(tmp_path / "own" / "model.h5")
    for name in ("model.h5", "discriminator.h5"):
        assert_same_weights(tmp_path / "own" / name, run / name)

    command("generate", "--model", run / "model.h5", "--count", 12, "--seed", 3, "--out", tmp_path / "s.idx")
    images = gan.generate(12, seed=3)
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(images, fs.datasets.idx(tmp_path / "s.idx")[0])
    command("generate", "--model", run / "model.h5", "--count", 12, "--seed", 3, "--out", tmp_path / "s.h5")
    trace = fs.read_trace(tmp_path / "s.h5").record(gan.network)
    np.testing.assert_array_equal(gan.simulate(12, seed=3).times, trace.times)


@pytest.mark.parametrize(
    "how",
    [
        dict(labels=7),
        dict(until=90.0),
        dict(film=5),
        dict(between=4),
        dict(between=(1, 7, 5)),
    ],
    ids=str,
)
def test_all_ways_to_draw_equal_those_of_the_command(how, gan, command, tmp_path):
    gan.save(tmp_path / "model.h5")
    names = {"labels": "--label"}
    arguments = [a for k, v in how.items() for a in (names.get(k, "--" + k), ",".join(map(str, v)) if isinstance(v, tuple) else v)]
    command("generate", "--model", tmp_path / "model.h5", "--count", 6, "--out", tmp_path / "s.idx", *arguments)
    np.testing.assert_array_equal(gan.generate(6, **how), fs.datasets.idx(tmp_path / "s.idx")[0])


@pytest.mark.parametrize("ending", ["png", "gif", "idx"])
def test_files_of_samples_equal_those_of_the_command(ending, gan, command, tmp_path):
    gan.save(tmp_path / "model.h5")
    command("generate", "--model", tmp_path / "model.h5", "--count", 6, "--out", tmp_path / f"a.{ending}")
    assert gan.generate(6, out=tmp_path / f"b.{ending}") is None
    assert (tmp_path / f"a.{ending}").read_bytes() == (tmp_path / f"b.{ending}").read_bytes()
    with pytest.raises(OSError, match="exists"):
        gan.generate(6, out=tmp_path / f"b.{ending}")


def test_a_gan_is_loaded_with_its_discriminator(gan, tmp_path):
    gan.save(tmp_path / "model.h5")
    same = fs.load(tmp_path / "model.h5")
    assert isinstance(same, fs.GAN)
    np.testing.assert_array_equal(same.generate(5), gan.generate(5))
    np.testing.assert_array_equal(same.classes_, range(10))
    assert same.discriminator.populations["output"].size == 2
    (tmp_path / "discriminator.h5").unlink()
    with pytest.raises(ValueError, match="without its discriminator"):
        fs.GAN.load(tmp_path / "model.h5").discriminator
    again = pickle.loads(pickle.dumps(gan))
    np.testing.assert_array_equal(again.generate(5), gan.generate(5))


def test_callbacks_see_every_step_and_may_stop(digits):
    seen = []
    gan = fs.GAN(**SMALL).fit(digits[0], on_step=lambda s: seen.append(s) or s.step < 7)
    assert [s.step for s in seen] == list(range(1, 8)) and seen[0].steps == 20
    assert gan.metadata["step"] == 7 and gan.generate(2).shape == (2, 28, 28)


def test_partial_fit_in_parts_is_that_of_the_whole(digits):
    x, y = digits[:2]
    options = {k: v for k, v in SMALL.items() if k != "steps"}
    whole = fs.GAN(conditional=True, **options).partial_fit(x[:96], y[:96])
    parts = fs.GAN(conditional=True, **options)
    for first in range(0, 96, 32):
        parts.partial_fit(x[first : first + 32], y[first : first + 32], classes=range(10))
    np.testing.assert_array_equal(whole.generate(3), parts.generate(3))
    assert whole.metadata["step"] == 6


def test_samples_are_shown_in_a_notebook(gan):
    assert "data:image/png;base64,iVBORw0KGgo" in gan._repr_html_()
    assert "not trained" in fs.GAN()._repr_html_()
    assert repr(fs.GAN(noise=7)) == "GAN(noise=7)"


def test_a_generator_that_is_not_conditional_draws_no_class(digits):
    gan = fs.GAN(**SMALL).fit(digits[0])
    with pytest.raises(ValueError, match="label = 3, allowed: none"):
        gan.generate(2, labels=3)
    with pytest.raises(ValueError, match="labels"):
        fs.GAN(conditional=True, **SMALL).fit(digits[0])


def test_sample_quality_equals_that_of_the_command(command, tmp_path):
    x, _ = fs.datasets.strokes("train")
    command(
        "train", "classifier", "--set", "strokes", "--regime", "relu", "--hidden", "20", "--train-count", "500",
        "--validation", "0", "--epochs", "1", "--out", tmp_path / "run",
    )  # fmt: skip
    clf = fs.load(tmp_path / "run" / "model.h5")
    drawn = fs.load("digits-generator").generate(40)
    fs.datasets.write_idx(tmp_path / "s.idx", drawn)
    expected = command.json("evaluate", "--model", tmp_path / "run" / "model.h5", "--samples", tmp_path / "s.idx", "--count", 40)["sets"]
    found = fs.sample_quality(clf, x, {"drawn": drawn})
    assert len(found) == 1 and found[0].keys() == expected[0].keys() - {"nearest_to_test_ratio"}
    for key in found[0].keys() - {"name"}:
        assert found[0][key] == expected[0][key], key


def test_samples_that_are_training_images_are_found_out():
    x, y = fs.datasets.strokes("train")
    clf = fs.Classifier(regime="relu", hidden=[20], validation=0, train_count=500, epochs=1).fit(x, y)
    (found,) = fs.sample_quality(clf, x[:200], {"copied": x[:40]})
    assert (found["name"], found["images"]) == ("copied", 40)
    assert found["nearest_training_image"] == 0 and found["precision"] == 1


def test_the_pretrained_generator_draws_sevens():
    gan = fs.load("digits-generator")
    images = gan.generate(20, labels=7)
    assert (fs.load("digits-classifier").predict(images) == 7).mean() > 0.8


def test_layers_that_do_not_fit_are_refused(digits):
    with pytest.raises(ValueError, match="^layers = 'conv 3x3', allowed: dense first"):
        fs.GAN(layers="conv 3x3")
    with pytest.raises(ValueError, match="^d-hidden has no effect with d-layers = 'dense 5'$"):
        fs.GAN(d_layers="dense 5", d_hidden=[4])
    gan = fs.GAN(d_layers="conv 2x30", steps=1)  # fits images of 30 x 30
    with pytest.raises(ValueError, match="^d_layers: 'conv 2x30': .*a kernel of 30 x 30"):
        gan.fit(*digits[:2])


def test_convolutional_networks_go_on_from_a_saved_model(digits, tmp_path):
    x, y = digits[:2]
    options = {k: v for k, v in CONVOLUTIONAL.items() if v is not None}
    gan = fs.GAN(noise=20, batch=16, steps=5, **options).fit(x, y)
    assert gan.network.populations["image"].size == 784
    assert gan.discriminator.populations["class"].size == 10
    gan.save(tmp_path / "model.h5")
    np.testing.assert_array_equal(fs.load(tmp_path / "model.h5").generate(4, labels=3), gan.generate(4, labels=3))
    before = gan.generate(4)
    again = fs.GAN(noise=20, batch=16, steps=1, from_=tmp_path / "model.h5", **options).fit(x, y)
    assert (again.generate(4) != before).any()
    with pytest.raises(OSError, match="needed: .*class 10"):
        fs.GAN(noise=20, steps=1, from_=tmp_path / "model.h5", **{**options, "d_layers": "conv 4x5"}).fit(x, y)
    with pytest.raises(OSError, match="needed: .*class 10"):
        fs.GAN(noise=20, from_=tmp_path / "model.h5", **{**options, "d_layers": "conv 4x5"}).partial_fit(x[:10], y[:10])
