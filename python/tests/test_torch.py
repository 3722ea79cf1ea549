"""The bridge to torch: results bit-identical to those of the Classifier, as tensors."""

import io
import pickle

import numpy as np
import pytest

import firstspike as fs
from firstspike.torch import SpikingClassifier

SMALL = dict(regime="relu", hidden=[20], validation=0, epochs=2)


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


@pytest.fixture(scope="module")
def plain(digits):
    return fs.Classifier(**SMALL).fit(*digits[:2])


@pytest.fixture(scope="module")
def spiking(digits, torch):
    """Trained on tensors; `plain` is trained on arrays."""
    x, y = digits[:2]
    made = SpikingClassifier(**SMALL)
    assert made.fit(torch.from_numpy(x)[:, None], torch.from_numpy(y)) is made
    return made


def test_it_needs_no_torch_to_train(digits):
    made = SpikingClassifier(**SMALL).fit(digits[0][:, None], digits[1])
    assert made.classifier.score(*digits[:2]) > 0.1
    assert pickle.loads(pickle.dumps(made)).classifier.get_params()["hidden"] == [20]
    assert repr(SpikingClassifier(lr=0.1)) == "SpikingClassifier(Classifier(lr=0.1))"
    with pytest.raises(TypeError, match="exclude"):
        SpikingClassifier(made.classifier, lr=1)
    with pytest.raises(TypeError, match="classifier: str, allowed: a Classifier"):
        SpikingClassifier("relu")
    with pytest.raises(TypeError, match="unknown option 'lrr'"):
        SpikingClassifier(lrr=1)


def test_training_on_tensors_is_training_on_arrays(spiking, plain, digits, torch):
    xt = digits[2]
    times = spiking(torch.from_numpy(xt))
    assert (times.dtype, times.shape, times.device.type) == (torch.float64, (100, 10), "cpu")
    np.testing.assert_array_equal(times.numpy(), plain.simulate(xt)["output"])
    labels = spiking.predict(torch.from_numpy(xt))
    assert (labels.dtype, labels.shape, labels.device.type) == (torch.int64, (100,), "cpu")
    np.testing.assert_array_equal(labels.numpy(), plain.predict(xt))
    first = (-times).argmax(1)
    ties = (times == times.min(1, keepdim=True).values).sum(1) > 1
    assert (torch.as_tensor(spiking.classifier.classes_[first.numpy()])[~ties] == labels[~ties]).all()


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "int64", "uint16", "uint32"])
def test_integers_of_every_size_are_grey_levels(dtype, spiking, digits, torch):
    xt = digits[2][:5] // 2  # int8 ends at 127
    expected = spiking(torch.from_numpy(xt))
    assert torch.equal(spiking(torch.from_numpy(xt).to(getattr(torch, dtype))), expected)


def test_shapes_and_layouts(spiking, digits, torch):
    x = torch.from_numpy(digits[2][:6])
    expected = spiking(x)
    for same in (
        x[:, None],
        x.reshape(6, 784),
        x.permute(0, 2, 1).contiguous().permute(0, 2, 1),
        x[:, None].contiguous(memory_format=torch.channels_last),
        torch.stack([x, x], 3)[..., 0],
        x.repeat(2, 1, 1)[::1][:6],
        digits[2][:6],
        list(x.numpy()),
    ):
        assert torch.equal(spiking(same), expected)
    assert torch.equal(spiking(x[::2]), expected[::2])
    assert torch.equal(torch.cat([spiking(part) for part in x.split(4)]), expected)


def test_tensors_that_are_no_images_are_refused_in_one_line(spiking, digits, torch):
    x = torch.from_numpy(digits[2][:2])
    for wrong, sentence in (
        (x.float() / 255, "x: dtype float32, allowed: uint8"),
        (x.double().requires_grad_(), "x: dtype float64"),
        (x.bool(), "x: dtype bool"),
        (x.to(torch.bfloat16), "x: torch.bfloat16, .*allowed: a dense tensor"),
        (x.to_sparse(), "x: torch.uint8, torch.sparse_coo, .*allowed: a dense tensor"),
        (x.to("meta"), "x: torch.uint8, .*device meta, allowed: a dense tensor that has data|a dense tensor"),
        (x.int() * 300, "x: value .*, allowed: 0 to 255"),
        (x.int() - 256, "x: value -.*, allowed: 0 to 255"),
        (x[:0], "allowed: 1 image or more"),
        (x[:, None].repeat(1, 3, 1, 1), r"x: shape \(2, 3, 28, 28\), allowed"),
        (x[0], "x: images of 28 pixels, the network has 784 sources|28 pixels"),
        (x[0, 0], r"x: shape \(28,\)"),
        (torch.tensor(3), r"x: shape \(\)"),
        (None, "x: dtype object"),
    ):
        for call in (spiking, spiking.predict):
            with pytest.raises(ValueError, match=sentence) as refused:
                call(wrong)
            assert "\n" not in str(refused.value)
    with pytest.raises(ValueError, match="y: dtype float32"):
        spiking.fit(x, torch.zeros(2))
    with pytest.raises(ValueError, match=r"y: shape \(3,\)"):
        spiking.fit(x, torch.zeros(3, dtype=torch.int64))
    with pytest.raises(ValueError, match="not trained"):
        SpikingClassifier()(x)


def test_no_gradient_passes(spiking, digits, torch):
    x = torch.from_numpy(digits[2][:5])
    expected = spiking(x)
    assert not expected.requires_grad and expected.grad_fn is None and expected.is_leaf
    with pytest.raises(RuntimeError, match="does not require grad"):
        expected.sum().backward()
    for quiet in (torch.no_grad, torch.inference_mode, torch.enable_grad):
        with quiet():
            assert torch.equal(spiking(x), expected) and torch.equal(spiking.predict(x), spiking.predict(digits[2][:5]))
    # A layer of torch on top of the times learns; the spiking network stays as it is.
    head = torch.nn.Linear(10, 3).double()
    head(expected.nan_to_num(posinf=1000.0)).sum().backward()
    assert head.weight.grad is not None and torch.equal(spiking(x), expected)


def test_a_result_is_the_users(spiking, digits, torch):
    x = torch.from_numpy(digits[2][:5].copy())
    before = x.clone()
    first = spiking(x)
    kept = first.clone()
    first.zero_()
    assert torch.equal(spiking(x), kept) and torch.equal(x, before)


def test_batches_of_a_data_loader(digits, torch):
    from torch.utils.data import DataLoader, TensorDataset

    x, y = digits[:2]
    loader = DataLoader(TensorDataset(torch.from_numpy(x)[:, None], torch.from_numpy(y).long()), batch_size=100)
    made = SpikingClassifier(regime="relu", hidden=[20], batch=50)
    for images, labels in loader:
        assert made.partial_fit(images, labels, classes=torch.arange(10)) is made
    whole = fs.Classifier(regime="relu", hidden=[20], batch=50).partial_fit(x, y)
    np.testing.assert_array_equal(
        made.classifier.network.weights("input", "hidden"), whole.network.weights("input", "hidden")
    )
    predicted = torch.cat([made.predict(images) for images, _ in loader])
    np.testing.assert_array_equal(predicted.numpy(), whole.predict(x))
    shuffled = DataLoader(loader.dataset, batch_size=64, shuffle=True, num_workers=2, drop_last=True)
    assert sum(len(made.predict(images)) for images, _ in shuffled) == 256


def test_a_state_makes_the_round_trip(spiking, digits, torch, tmp_path):
    xt = torch.from_numpy(digits[2])
    torch.save(spiking.state_dict(), tmp_path / "state.pt")
    other = SpikingClassifier()
    other.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    assert torch.equal(other(xt), spiking(xt)) and torch.equal(other.predict(xt), spiking.predict(xt))
    assert other.classifier.get_params()["regime"] == "relu"
    stream = io.BytesIO()
    torch.save(spiking, stream)
    stream.seek(0)
    assert torch.equal(torch.load(stream, weights_only=False)(xt), spiking(xt))
    assert torch.equal(pickle.loads(pickle.dumps(spiking))(xt), spiking(xt))
    with pytest.raises(ValueError, match="keys"):
        other.load_state_dict({"weight": xt})
    with pytest.raises(OSError):
        other.load_state_dict({"model": xt})
    assert torch.equal(other(xt), spiking(xt))


def test_threads_of_torch_and_of_the_package_live_together(spiking, digits, torch):
    xt = torch.from_numpy(digits[2])
    expected = spiking(xt)
    a = torch.randn(300, 300)
    for _ in range(5):
        assert torch.isfinite(a @ a).all() and torch.equal(spiking(xt), expected)
