"""Ctrl-C ends a long call within a second, and leaves a usable state."""

import os
import signal
import threading
import time

import numpy as np
import pytest

import firstspike as fs


pytestmark = pytest.mark.usefixtures("interrupts_are_heard")


class InterruptedCall:
    """Sends Ctrl-C to this process, and measures from then on to KeyboardInterrupt.

    A machine that is shared says nothing about elapsed time. The bound is on processor time, for each processor that
    the call may use; the bound on elapsed time only finds calls that do not stop at all.
    """

    def __init__(self):
        self.sent = None

    def send(self):
        self.sent = time.monotonic(), time.process_time()
        os.kill(os.getpid(), signal.SIGINT)

    def check(self):
        elapsed, used = time.monotonic() - self.sent[0], time.process_time() - self.sent[1]
        assert used / len(os.sched_getaffinity(0)) < 1 and elapsed < 60


def check_interrupted(call, after=0.4):
    """The call ends with KeyboardInterrupt within a second of Ctrl-C."""
    interrupt = InterruptedCall()
    timer = threading.Timer(after, interrupt.send)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        call()
    timer.join()
    interrupt.check()


def test_training_of_a_classifier(digits):
    x, y, xt, yt = digits
    clf = fs.Classifier(regime="relu", hidden=[300], validation=50)
    check_interrupted(lambda: clf.fit(x, y, epochs=100000))
    assert clf.metadata["step"] > 0 and 0 <= clf.score(xt, yt) <= 1
    clf.fit(x, y, epochs=1)
    check_interrupted(lambda: [clf.partial_fit(np.tile(x, (200, 1, 1)), np.tile(y, 200)) for _ in range(100)])
    assert 0 <= clf.score(xt, yt) <= 1


def test_training_of_a_gan(digits, tmp_path):
    gan = fs.GAN()
    check_interrupted(lambda: gan.fit(digits[0], steps=100000, run=tmp_path / "run"))
    assert gan.metadata["step"] > 0 and gan.generate(3).shape == (3, 28, 28)
    # The run was saved as it was stopped.
    np.testing.assert_array_equal(fs.load(tmp_path / "run" / "model.h5").generate(3), gan.generate(3))
    check_interrupted(lambda: fs.resume(tmp_path / "run", digits[0]))
    assert fs.load(tmp_path / "run" / "model.h5").metadata["step"] > gan.metadata["step"]


def test_a_long_validation(tmp_path):
    x, y = fs.datasets.strokes("train")
    # Two training steps, then a validation of some seconds, longer on a busy machine.
    clf = fs.Classifier(kernel="ramp", regime="free", hidden=[4000], train_count=8020, validation=8000, batch=10)
    interrupt = InterruptedCall()
    timer = threading.Timer(0.2, interrupt.send)
    with pytest.raises(KeyboardInterrupt):
        clf.fit(x, y, epochs=1, engine="heap", threads=1, checkpoint_every=1, run=tmp_path / "run",
                on_step=lambda s: timer.start() if s.step == 1 else None)  # fmt: skip
    interrupt.check()
    assert clf.history_ == [] and clf.metadata["step"] == 2 and clf.predict(x[:3]).shape == (3,)
    assert (tmp_path / "run" / "checkpoint.h5").exists()


def test_simulation_evaluation_and_generation():
    clf, gan = fs.load("digits-classifier"), fs.load("digits-generator")
    x, y = fs.datasets.strokes("test")
    x, y = np.tile(x, (2, 1, 1)), np.tile(y, 2)
    check_interrupted(lambda: clf.simulate(x, scheduler="naive", threads=1))
    check_interrupted(lambda: clf.evaluate(x, y, scheduler="naive", threads=1))
    check_interrupted(lambda: clf.predict(x, scheduler="naive", threads=1))
    check_interrupted(lambda: gan.generate(100000, threads=1))
    assert clf.simulate(x[:3]).times.shape[0] == 3


def test_a_handler_of_the_user_is_called_and_may_raise(digits):
    def handler(number, frame):
        raise TimeoutError("enough")

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(TimeoutError, match="enough"):
            fs.Classifier(regime="relu", validation=0).fit(*digits[:2], epochs=100000)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_other_threads_run_during_a_long_call(digits):
    counted = []
    done = threading.Event()

    def count():
        while not done.is_set():
            counted.append(time.monotonic())
            time.sleep(0.01)

    thread = threading.Thread(target=count)
    thread.start()
    start = time.monotonic()
    fs.Classifier(regime="relu", hidden=[200], validation=0).fit(*digits[:2], epochs=60)
    end = time.monotonic()
    done.set()
    thread.join()
    during = sum(start < t < end for t in counted)
    assert during > 20 * (end - start)
