"""A run that is interrupted anywhere, by any signal, and resumed without options ends with the files of an uninterrupted run.

usage: resume_test.py FIRSTSPIKE [ROUNDS]    ROUNDS interruptions of each kind of run (default 4, one for each signal)
"""
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

from training_images import write_images

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL)
COMMON = ["--batch", "4", "--checkpoint-every", "7", "--record-every", "11", "--engine", "sweep", "--threads", "2"]
GAN = ["train", "gan", *COMMON, "--hidden", "60", "--d-hidden", "60", "--noise", "20", "--steps", "96", "--samples-every", "9"]
CLASSIFIER = ["train", "classifier", *COMMON, "--hidden", "60", "--epochs", "7", "--validation", "40"]
KINDS = {"classifier step": [*CLASSIFIER, "--kernel", "step", "--loss", "aggressive"],
         "classifier ramp": [*CLASSIFIER, "--kernel", "ramp"],
         "gan step": [*GAN, "--kernel", "step"],
         "gan ramp": [*GAN, "--kernel", "ramp", "--conditional", "on"]}

# Each file is flushed to disk, which takes most of the time where this is one.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def files_of(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def check(done, expected):
    assert done.returncode == expected, f"exit {done.returncode}, expected {expected}: {done.stderr}"
    return done


def run(*arguments, expected=0):
    return check(subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True), expected)


def interrupt(command, directory, sent, seconds):
    """Starts the run, sends the signal after its first checkpoint and so many seconds; True where it came in time."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not (directory / "checkpoint.h5").exists():
        time.sleep(0.002)
    time.sleep(seconds)
    process.send_signal(sent)
    _, stderr = process.communicate(timeout=120)
    allowed = {0, -signal.SIGKILL} if sent == signal.SIGKILL else {0, 130}
    assert process.returncode in allowed, f"{sent}: exit {process.returncode}: {stderr}"
    return process.returncode != 0


def main(firstspike, rounds):
    firstspike, chance, in_time = str(pathlib.Path(firstspike).resolve()), random.Random(1), 0
    for name, arguments in KINDS.items():
        with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
            directory = pathlib.Path(folder) / "run"
            directory.mkdir()
            command = [firstspike, *arguments, *write_images(folder, 120), "--out", str(directory), "--record", str(directory / "trace.h5")]
            started = time.time()
            run(*command)
            whole, duration = files_of(directory), time.time() - started
            assert len(whole) > 10, sorted(whole)
            for round_ in range(rounds):
                sent = SIGNALS[round_ % len(SIGNALS)]
                for path in directory.iterdir():
                    path.unlink()
                if not interrupt(command, directory, sent, chance.uniform(0, 0.8 * duration)):
                    continue
                in_time += 1
                run(firstspike, arguments[0], arguments[1], "--resume", str(directory))
                resumed = files_of(directory)
                assert sorted(resumed) == sorted(whole), f"{name}, {sent}: {sorted(set(resumed) ^ set(whole))}"
                for file, content in whole.items():
                    assert resumed[file] == content, f"{name}, {sent}: {file} differs"
    assert in_time >= rounds * len(KINDS) / 2, f"only {in_time} runs were interrupted in time"
    print(f"Ran {in_time} tests in {rounds} rounds: every file is identical to the uninterrupted run's")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else len(SIGNALS))
