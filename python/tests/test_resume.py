"""Resumed runs: bit for bit those of the command's --resume, and uninterrupted ones."""

import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import firstspike as fs
from conftest import assert_same_weights
from test_classifier import as_arguments

OPTIONS = {
    "classifier": dict(regime="relu", hidden=[20], validation=50, batch=25, epochs=3),
    "gan": dict(conditional=True, hidden=[30], d_hidden=[30], noise=20, batch=16, steps=30, samples_every=10),
}
LENGTH = {"classifier": "epochs", "gan": "steps"}
FILES = {"classifier": ("model.h5",), "gan": ("model.h5", "discriminator.h5")}


def fresh(kind, **more):
    return (fs.Classifier if kind == "classifier" else fs.GAN)(**{**OPTIONS[kind], **more})


def assert_same_run(kind, a, b):
    for name in FILES[kind]:
        assert_same_weights(a / name, b / name)
    assert (a / "metrics.csv").read_text() == (b / "metrics.csv").read_text()


@pytest.mark.parametrize("kind", OPTIONS)
def test_a_stopped_run_goes_on_as_if_it_had_not_been_stopped(kind, digits, tmp_path):
    x, y = digits[:2]
    whole = fresh(kind).fit(x, y, run=tmp_path / "whole")
    fresh(kind).fit(x, y, run=tmp_path / "parts", on_step=lambda s: s.step < 13)
    first = []
    again = fs.resume(tmp_path / "parts", x, y, threads=1, on_step=lambda s: first.append(s) or s.step < 21)
    assert [s.step for s in first] == list(range(14, 22)) and type(again) is type(whole)
    resumed = fs.resume(tmp_path / "parts", x, y)
    assert_same_run(kind, tmp_path / "whole", tmp_path / "parts")
    assert resumed.gradient_hash_ == whole.gradient_hash_ != ""
    resumed.save(tmp_path / "model.h5")
    assert_same_weights(tmp_path / "model.h5", tmp_path / "whole" / "model.h5")
    assert {k: v for k, v in resumed.options().items() if k != "threads"} == {
        k: v for k, v in fs.load(tmp_path / "whole" / "model.h5").options().items() if k != "threads"
    }
    if kind == "classifier":
        np.testing.assert_array_equal(resumed.predict(x), whole.predict(x))
        assert resumed.history_ == whole.history_[-len(resumed.history_) :] and len(resumed.history_) > 0
    else:
        np.testing.assert_array_equal(resumed.generate(4), whole.generate(4))
        assert resumed.discriminator.populations["output"].size == 2


@pytest.mark.parametrize("kind", OPTIONS)
def test_a_run_of_the_command_is_resumed_as_by_the_command(kind, command, files, tmp_path):
    arguments = ["--images", files[0], "--labels", files[1], *as_arguments(OPTIONS[kind])]
    command("train", kind, "--out", tmp_path / "a", *arguments)
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    more = 2 * OPTIONS[kind][LENGTH[kind]]
    done = command.json("train", kind, "--resume", tmp_path / "a", f"--{LENGTH[kind]}", more, "--threads", 1)
    resumed = fs.resume(tmp_path / "b", **{LENGTH[kind]: more})
    assert_same_run(kind, tmp_path / "a", tmp_path / "b")
    assert resumed.gradient_hash_ == done["gradient_hash"]
    assert resumed.get_params()[LENGTH[kind]] == more
    assert resumed.metadata["command"] == fs.load(tmp_path / "a" / "model.h5").metadata["command"]


@pytest.mark.usefixtures("interrupts_are_heard")
def test_an_interrupted_run_of_the_command_is_finished_in_python(command, files, tmp_path):
    arguments = ["--images", files[0], "--labels", files[1], *as_arguments({**OPTIONS["gan"], "steps": 400})]
    running = subprocess.Popen(
        [command.path, "train", "gan", "--out", tmp_path / "a", "--checkpoint-every", "1", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not (tmp_path / "a" / "checkpoint.h5").exists():
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    assert running.wait(60) == 130
    seen = []
    resumed = fs.resume(tmp_path / "a", on_step=lambda s: seen.append(s) or s.step < s.steps)
    assert 1 < seen[0].step < seen[-1].step == 400
    whole = fs.GAN(**{**OPTIONS["gan"], "steps": 400}).fit(*map(fs.datasets.idx(*files[:2]).__getitem__, (0, 1)))
    np.testing.assert_array_equal(resumed.generate(9), whole.generate(9))
    assert resumed.gradient_hash_ == whole.gradient_hash_


def test_callbacks_progress_and_options_of_the_run(digits, tmp_path, capfd):
    x, y = digits[:2]
    fresh("classifier").fit(x, y, run=tmp_path / "a", on_epoch=lambda e: False)

    class Watcher:
        epochs = 0

        def on_epoch(self, result):
            self.epochs += 1

    watcher, epochs = Watcher(), []
    clf = fs.resume(
        tmp_path / "a", x, y, on_epoch=epochs.append, callbacks=[watcher], progress=True, engine="heap",
        record=tmp_path / "step.h5",
    )  # fmt: skip
    assert [e.epoch for e in epochs] == [1, 2] == [e.epoch for e in clf.history_] and watcher.epochs == 2
    assert "750/750" in capfd.readouterr().err
    assert fs.replay(tmp_path / "step.h5").recomputed == clf.gradient_hash_


def test_callbacks_and_other_threads_use_files_while_a_run_writes_its_own(digits, tmp_path):
    """In a process of its own: if they waited for each other, it would never end."""
    program = """
import sys, threading, firstspike as fs
x, y = fs.datasets.strokes("train")
x, y = x[:300], y[:300]
done = threading.Event()
counted = []
def other():
    while not done.is_set():
        trained.save("other.h5", overwrite=True)
        counted.append(fs.load("other.h5").score(x[:5], y[:5]))
def each(state):
    trained.save("own.h5", overwrite=True)
    fs.load("own.h5")
trained = fs.Classifier(regime="relu", hidden=[20], validation=50).fit(x, y, epochs=1)
thread = threading.Thread(target=other)
thread.start()
def joined(state):
    helper = threading.Thread(target=each, args=(state,))
    helper.start()
    helper.join()
fs.Classifier(regime="relu", hidden=[20], validation=50).fit(x, y, epochs=2, run="c", on_epoch=each, on_step=joined)
fs.GAN(hidden=[5], d_hidden=[5], noise=4, batch=4).fit(x, steps=20, run="g", on_step=each)
during = steps = 0
while during <= 3 and steps < 64000:
    steps = max(2000, 2 * steps)
    seen = len(counted)
    fs.GAN(hidden=[5], d_hidden=[5], noise=4, batch=4).fit(x, steps=steps, run=f"h{steps}")
    during = len(counted) - seen
print(during)
done.set()
thread.join()
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 3  # during one run: a longer one where a busy machine makes it too short


def test_an_exception_ends_the_run_and_leaves_it_resumable(digits, tmp_path):
    x, y = digits[:2]
    whole = fresh("gan").fit(x, y)
    fresh("gan").fit(x, y, run=tmp_path / "a", on_step=lambda s: s.step < 9)

    def fail(state):
        if state.step == 17:
            raise ArithmeticError("no")

    with pytest.raises(ArithmeticError, match="no"):
        fs.resume(tmp_path / "a", x, y, on_step=fail)
    seen = []
    assert fs.resume(tmp_path / "a", x, y, on_step=seen.append).gradient_hash_ == whole.gradient_hash_
    assert seen[0].step == 18


def test_what_may_not_change_is_refused_in_one_line(digits, files, command, tmp_path):
    x, y = digits[:2]
    fresh("classifier").fit(x, y, run=tmp_path / "a", on_step=lambda s: s.step < 5)
    fresh("gan").fit(x, y, run=tmp_path / "g", on_step=lambda s: s.step < 5)
    command("train", "classifier", "--out", tmp_path / "c", "--images", files[0], "--labels", files[1],
            *as_arguments(OPTIONS["classifier"]))  # fmt: skip
    (tmp_path / "empty").mkdir()
    a, g, c = (tmp_path / n for n in "agc")
    for call, error, sentence in (
        (lambda: fs.resume(a, x, y, lr=0.5), ValueError, "lr = '0.5', allowed with a resumed run"),
        (lambda: fs.resume(a, x, y, epochs=2), ValueError, "epochs = '2', allowed with a resumed run: more than 3"),
        (lambda: fs.resume(a, x, y, threads="many"), ValueError, "threads = 'many', allowed"),
        (lambda: fs.resume(a, x, y, record="a\nb"), ValueError, "one line"),
        (lambda: fs.resume(a, x, y, epoch=9), TypeError, "unknown option 'epoch', nearest: 'epochs'"),
        (lambda: fs.resume(g, x, y, epochs=9), TypeError, "unknown option 'epochs'"),
        (lambda: fs.resume(a, x, y, set="mnist"), TypeError, "images and labels are arrays"),
        (lambda: fs.resume(g, x, y, on_epoch=print), ValueError, "on_epoch: allowed: none"),
        (lambda: fs.resume(a), ValueError, f"x is needed: {a} was given its images in memory"),
        (lambda: fs.resume(c, x, y), ValueError, f"x and y: allowed: none, {c} reads"),
        (lambda: fs.resume(c), ValueError, f"epochs = 3: {c} has learnt them already; give more"),
        (lambda: fs.resume(a, x[:299], y[:299]), OSError, "were trained on|other|hash|images"),
        (lambda: fs.resume(a, x, np.roll(y, 1)), OSError, "images"),
        (lambda: fs.resume(a, x), ValueError, "y is needed: the label of each image"),
        (lambda: fs.resume(a, x, y[:9]), ValueError, "y: shape (9,)"),
        (lambda: fs.resume(a, x.astype(float), y), ValueError, "x: dtype float64"),
        (lambda: fs.resume(tmp_path / "none"), OSError, "no such run directory"),
        (lambda: fs.resume(tmp_path / "empty"), OSError, "checkpoint.h5"),
        (lambda: fs.resume(7), ValueError, "run = 7"),
        (lambda: fs.resume("digits-classifier"), OSError, "no such run directory"),
    ):
        with pytest.raises(error) as refused:
            call()
        text = str(refused.value)
        assert "\n" not in text and any(part in text for part in sentence.split("|")), text
    # Nothing of this has touched the runs.
    whole = fresh("classifier").fit(x, y)
    assert fs.resume(a, x, y).gradient_hash_ == whole.gradient_hash_
