"""Classifiers: bit for bit those of the command, and scikit-learn's conventions."""

import inspect
import pickle
import subprocess
import warnings

import numpy as np
import pytest

import firstspike as fs
from conftest import assert_same_weights

SMALL = dict(hidden=[30], validation=50, epochs=2)
KINDS = [
    dict(kernel="step", loss="s4nn"),
    dict(kernel="step", loss="aggressive"),
    dict(kernel="step", loss="xent"),
    dict(kernel="step", loss="hinge"),
    dict(kernel="ramp", regime="free"),
    dict(kernel="ramp", regime="free", loss="hinge"),
    dict(regime="relu"),
    dict(regime="relu", hidden=[20, 15]),
    dict(regime="relu", precision="f64", shift=0),
    dict(regime="binary"),
    dict(regime="binary", loss="hinge"),
]


def as_arguments(options):
    texts = []
    for name, value in options.items():
        text = ",".join(map(str, value)) if isinstance(value, list) else "on" if value is True else str(value)
        texts += ["--" + name.replace("_", "-"), text]
    return texts


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: "-".join(str(v) for v in k.values()))
def test_training_and_evaluation_equal_those_of_the_command(kind, command, digits, files, tmp_path):
    options = {**SMALL, **kind}
    x, y, xt, yt = digits
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", fs.LayerWarning)
        clf = fs.Classifier(**options).fit(x, y)
    run = tmp_path / "run"
    done = command.json("train", "classifier", "--images", files[0], "--labels", files[1], "--out", run, *as_arguments(options))
    clf.save(tmp_path / "model.h5")
    assert_same_weights(tmp_path / "model.h5", run / "model.h5")
    assert clf.gradient_hash_ == done["gradient_hash"] != ""

    expected = command.json("evaluate", "--model", run / "model.h5", "--images", files[2], "--labels", files[3], "--early-exit")
    found = clf.evaluate(xt, yt, early_exit=True)
    assert set(found) == set(expected) and set(found["early_exit"]) == set(expected["early_exit"])
    for key in set(expected) - {"data", "seconds_per_image", "early_exit"}:
        np.testing.assert_array_equal(found[key], expected[key], err_msg=key)
    for key in set(expected["early_exit"]) - {"seconds_per_image", "time_ratio"}:
        assert found["early_exit"][key] == expected["early_exit"][key], key

    command("simulate", "--model", run / "model.h5", "--images", files[2], "--trace", tmp_path / "trace.h5")
    record = fs.read_trace(tmp_path / "trace.h5").record(clf.network)
    np.testing.assert_array_equal(clf.simulate(xt).times, record.times)

    predicted = clf.predict(xt)
    assert (predicted == yt).mean() == found["accuracy"] == clf.score(xt, yt)
    np.testing.assert_array_equal(np.flatnonzero(predicted != yt), found["misclassified"])


def test_a_model_is_loaded_by_package_and_command(trained, command, digits, files, tmp_path):
    trained.save(tmp_path / "model.h5")
    same = fs.load(tmp_path / "model.h5")
    assert isinstance(same, fs.Classifier)
    np.testing.assert_array_equal(same.simulate(digits[2]).times, trained.simulate(digits[2]).times)
    found = command.json("evaluate", "--model", tmp_path / "model.h5", "--images", files[2], "--labels", files[3])
    assert found["accuracy"] == trained.score(digits[2], digits[3])
    assert same.options()["hidden"] == "40" and same.get_params()["regime"] == "relu"
    with pytest.raises(OSError, match="exists"):
        trained.save(tmp_path / "model.h5")


def test_a_model_does_not_name_a_data_set_that_it_was_not_trained_on(trained):
    assert trained.metadata["option.images"] == "arrays in memory"
    assert "option.set" not in trained.metadata


def test_a_run_directory_is_that_of_the_command(digits, command, files, tmp_path):
    options = {**SMALL, "regime": "relu"}
    clf = fs.Classifier(**options).fit(*digits[:2], run=tmp_path / "a")
    command("train", "classifier", "--images", files[0], "--labels", files[1], "--out", tmp_path / "b", *as_arguments(options))
    for name in ("metrics.csv",):
        assert (tmp_path / "a" / name).read_text() == (tmp_path / "b" / name).read_text()
    assert_same_weights(tmp_path / "a" / "model.h5", tmp_path / "b" / "model.h5")
    assert len(clf.history_) == 2
    with pytest.raises(OSError, match="a"):
        fs.Classifier(**options).fit(*digits[:2], run=tmp_path / "a")
    fs.Classifier(**options).fit(*digits[:2], run=tmp_path / "a", overwrite=True)
    refused = subprocess.run(
        [command.path, "train", "classifier", "--resume", tmp_path / "a", "--epochs", "3"], capture_output=True, text=True
    )
    assert refused.returncode == 1 and "images in memory" in refused.stderr and refused.stderr.count("\n") == 1
    page = fs.report(tmp_path / "a", images=files[2], labels=files[3], out=tmp_path / "page.html")
    assert page.startswith("<!doctype html") and (tmp_path / "page.html").read_text() == page


def test_callbacks_see_every_step_and_epoch_and_may_stop(digits):
    x, y = digits[:2]
    steps, epochs = [], []

    class Watcher:
        seen = 0

        def on_step(self, state):
            self.seen += 1

    watcher = Watcher()
    clf = fs.Classifier(regime="relu", hidden=[20], validation=44, batch=64)
    assert clf.fit(x, y, epochs=3, on_step=steps.append, on_epoch=epochs.append, callbacks=[watcher]) is clf
    # 256 training images in batches of 64.
    assert [s.step for s in steps] == list(range(1, 13)) and watcher.seen == 12
    assert [s.epoch for s in steps] == [0] * 4 + [1] * 4 + [2] * 4
    assert (steps[-1].steps, steps[-1].images, steps[-1].all_images) == (12, 768, 768)
    assert [(e.epoch, e.step, e.validation["images"]) for e in epochs] == [(0, 4, 44), (1, 8, 44), (2, 12, 44)]
    assert clf.history_ == epochs
    steps.clear()
    clf.fit(x, y, epochs=3, on_step=lambda s: steps.append(s) or s.step < 5)
    assert len(steps) == 5 and clf.metadata["step"] == 4
    clf.fit(x, y, epochs=3, on_epoch=lambda e: False)
    assert len(clf.history_) == 1

    def fail(state):
        raise ArithmeticError("no")

    with pytest.raises(ArithmeticError, match="no"):
        clf.fit(x, y, epochs=3, on_epoch=fail)
    assert clf.metadata["step"] == 4 and 0 <= clf.score(x, y) <= 1


def test_progress_shows_the_epoch(digits, capfd):
    fs.Classifier(regime="relu", hidden=[20], validation=44).fit(*digits[:2], epochs=1, progress=True)
    assert "256/256" in capfd.readouterr().err


def test_partial_fit_of_all_images_in_order_is_an_epoch_without_shuffling(digits):
    x, y = digits[:2]
    whole = fs.Classifier(regime="relu", hidden=[20], batch=50)
    whole.partial_fit(x, y)
    parts = fs.Classifier(regime="relu", hidden=[20], batch=50)
    for first in range(0, 300, 100):
        parts.partial_fit(x[first : first + 100], y[first : first + 100], classes=range(10))
    np.testing.assert_array_equal(whole.network.weights("input", "hidden"), parts.network.weights("input", "hidden"))
    assert whole.metadata["step"] == 6
    before = whole.score(x, y)
    for _ in range(10):
        whole.partial_fit(x, y)
    assert whole.score(x, y) > max(before, 0.6)
    with pytest.raises(ValueError, match="pixels"):
        whole.partial_fit(x[:, 1:], y)
    with pytest.raises(ValueError, match="label|class"):
        whole.partial_fit(x, y + 1)


def test_partial_fit_goes_on_from_a_trained_model(trained, digits):
    same = pickle.loads(pickle.dumps(trained))
    before = same.score(*digits[:2])
    same.partial_fit(*digits[:2])
    assert same.score(*digits[:2]) > before - 0.1
    assert (same.network.weights("input", "hidden") != trained.network.weights("input", "hidden")).any()


def test_scikit_learn_clones_searches_and_validates(digits):
    from sklearn.base import clone, is_classifier
    from sklearn.model_selection import GridSearchCV, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    x, y = digits[:2]
    clf = fs.Classifier(regime="relu", hidden=[20], validation=0, epochs=2, batch=20)
    assert is_classifier(clf)
    copied = clone(clf)
    assert copied is not clf and copied.get_params() == clf.get_params()
    scores = cross_val_score(clf, x, y, cv=3)
    assert scores.shape == (3,) and (scores > 0.2).all()
    search = GridSearchCV(clf, {"lr": [1e-5, 2e-3]}, cv=2).fit(x, y)
    assert search.best_params_ == {"lr": 2e-3}
    assert search.predict(x).shape == (300,)
    in_processes = GridSearchCV(clf, {"lr": [1e-5, 2e-3]}, cv=2, n_jobs=2).fit(x, y)
    np.testing.assert_array_equal(in_processes.cv_results_["mean_test_score"], search.cv_results_["mean_test_score"])
    pipe = make_pipeline(FunctionTransformer(lambda a: a[:, ::2, ::2]), clf).set_params(classifier__epochs=8)
    assert pipe.fit(x, y).score(x, y) > 0.3 and pipe[-1].network.populations["input"].size == 196


def test_options_are_those_of_the_table():
    clf = fs.Classifier(kernel="ramp", hidden=[5, 6])
    assert clf.options()["regime"] == "free" and clf.options()["hidden"] == "5,6"
    assert clf.options()["precision"] == "f64"
    assert clf.set_params(regime="relu") is clf and clf.get_params()["regime"] == "relu"
    assert repr(clf) == "Classifier(kernel='ramp', hidden=[5, 6], regime='relu')"
    with pytest.raises(ValueError, match="unknown option 'lrr', nearest: 'lr'"):
        clf.set_params(lrr=1)
    with pytest.raises(ValueError, match="lr = '-1', allowed"):
        clf.set_params(lr=-1)
    assert clf.get_params()["lr"] is None
    assert "hidden : N,N" in fs.Classifier.__doc__
    assert list(inspect.signature(fs.Classifier).parameters) == list(clf.get_params())
    assert "<details>" in clf._repr_html_()


def test_pickling_keeps_the_model(trained, digits):
    same = pickle.loads(pickle.dumps(trained))
    np.testing.assert_array_equal(same.predict(digits[2]), trained.predict(digits[2]))
    assert same.get_params() == trained.get_params() and same.history_ == trained.history_
    assert pickle.loads(pickle.dumps(fs.Classifier(lr=1e-3))).get_params()["lr"] == 1e-3


def test_layers_that_cannot_learn_are_warned_of(digits):
    with pytest.warns(fs.LayerWarning, match="layer .* on every image"):
        fs.Classifier(kernel="step", hidden=[20], v_th=1e5, validation=0, epochs=1).fit(*digits[:2])


def test_the_pretrained_classifier_reads_digits(digits):
    assert fs.load("digits-classifier").network.populations["hidden"].size == 400
