"""Training that diverges is a ValueError with the libraries' sentence, and leaves what was there before."""

import warnings

import h5py
import numpy as np
import pytest

import firstspike as fs

SENTENCE = "training has diverged: weights from .* to .* are not finite after step .*; begin again with a lower {}, which was"
FASTEST = 1e6  # the highest learning rate that is allowed


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fs.LayerWarning)
        yield


def small(**options):
    return fs.Classifier(**{**dict(regime="relu", hidden=[20], validation=50, batch=25, schedule="constant"), **options})


def small_gan(**options):
    return fs.GAN(**{**dict(hidden=[20], d_hidden=[20], noise=10, batch=16, schedule="constant"), **options})


def with_huge_outputs(path):
    """The weights to the output of a model file are so large that gradients overflow soon."""
    with h5py.File(path, "r+") as file:
        weights = file["node/nodes/hidden_to_output/weight"]
        weights[...] = 1e36 * weights[...]
    return path


@pytest.fixture(scope="module")
def wild(digits, tmp_path_factory):
    """The files of a classifier and of a generator beside its discriminator, all with huge weights."""
    folder = tmp_path_factory.mktemp("wild")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fs.LayerWarning)
        small().fit(*digits[:2], epochs=1).save(folder / "classifier.h5")
        small_gan().fit(digits[0], steps=5).save(folder / "model.h5")
    with_huge_outputs(folder / "classifier.h5")
    with_huge_outputs(folder / "discriminator.h5")
    return folder


def refused(call, rate="lr"):
    with pytest.raises(ValueError, match=SENTENCE.format(rate)) as error:
        call()
    assert "\n" not in str(error.value)


def test_a_classifier_that_diverges_at_once_is_as_before(wild, digits, tmp_path):
    x, y, xt, _ = digits
    clf, how = small(), dict(from_=wild / "classifier.h5", lr=FASTEST)
    refused(lambda: clf.fit(x, y, epochs=2, **how))
    with pytest.raises(ValueError, match="not trained"):
        clf.predict(xt)
    clf.fit(x, y, epochs=1)
    before = clf.simulate(xt).times
    refused(lambda: clf.fit(x, y, epochs=2, **how))
    refused(lambda: clf.fit(x, y, epochs=2, run=tmp_path / "run", **how))
    np.testing.assert_array_equal(clf.simulate(xt).times, before)
    assert clf.fit(x, y, epochs=1) is clf
    np.testing.assert_array_equal(clf.simulate(xt).times, before)


def test_the_best_model_of_earlier_epochs_is_kept(digits, tmp_path):
    x, y = digits[:2]
    before = small(lr=FASTEST).fit(x, y, epochs=1, run=tmp_path / "run")
    # The second epoch begins with weights that fire, and overflow.
    small().fit(x, y, epochs=1, run=tmp_path / "tame")
    with h5py.File(tmp_path / "tame" / "checkpoint.h5") as tame, h5py.File(tmp_path / "run" / "checkpoint.h5", "r+") as file:
        for name in (n for n in file if n.startswith("weights")):
            to_output = file[name].size == 20 * 10
            file[name][...] = np.float32(1e36 if to_output else 1) * tame[name][...]
    refused(lambda: fs.resume(tmp_path / "run", x, y, epochs=2))
    trainer = fs._core.ClassifierTrainer.resume(str(tmp_path / "run"), {"epochs": "2"}, x, y.astype(np.uint8))
    refused(lambda: trainer.run(None, None, None))
    assert trainer.has_model and trainer.model().metadata["step"] == before.metadata["step"] == 10


def test_images_in_parts(wild, digits):
    x, y, xt, _ = digits
    clf = fs.load(wild / "classifier.h5").set_params(lr=FASTEST)
    before = clf.simulate(xt).times
    refused(lambda: clf.partial_fit(x, y))
    np.testing.assert_array_equal(clf.simulate(xt).times, before)
    refused(lambda: clf.partial_fit(x, y))
    clf.set_params(lr=1e-3).partial_fit(x, y)
    assert np.isfinite(clf.network.weights("input", "hidden")).all()


@pytest.mark.parametrize("rate", ["lr", "d_lr"])
def test_a_gan_is_as_before(rate, wild, digits):
    x = digits[0]
    gan, how = small_gan(), {"from_": wild / "model.h5", rate: FASTEST, "steps": 20}
    refused(lambda: gan.fit(x, **how), rate)
    with pytest.raises(ValueError, match="not trained"):
        gan.generate(2)
    gan.fit(x, steps=5)
    before = gan.generate(5)
    refused(lambda: gan.fit(x, **how), rate)
    np.testing.assert_array_equal(gan.generate(5), before)
    online = fs.load(wild / "model.h5").set_params(**{rate: FASTEST})
    before = online.generate(5)
    refused(lambda: online.partial_fit(x), rate)
    np.testing.assert_array_equal(online.generate(5), before)


def test_a_search_goes_on(wild, digits):
    from sklearn.model_selection import GridSearchCV

    x, y = digits[:2]
    wild_ones = small(from_=wild / "classifier.h5", epochs=1, validation=0)
    with pytest.warns(RuntimeWarning, match="training has diverged"):
        search = GridSearchCV(wild_ones, {"lr": [1e-3, FASTEST]}, cv=2).fit(x, y)
    assert search.best_params_ == {"lr": 1e-3}
