// Layers as text.
#include "firstspike/models/layer_text.hpp"

#include <doctest/doctest.h>

#include "firstspike/tests/refusal.hpp"

namespace firstspike {
namespace {

constexpr grid image{28, 28, 1};

TEST_CASE("layers: a LeNet for MNIST has these grids, kernels and pools") {
  const auto layers = place_layers("conv 16x5 / pool 2 / conv 32x5 / pool 2 / dense 128", image, 10);
  REQUIRE(layers.size() == 4);
  CHECK(layers[0].shape == grid{24, 24, 16});
  CHECK(layers[0].shared == convolution{.kernel_rows = 5, .kernel_columns = 5});
  CHECK(layers[1].shape == grid{8, 8, 32});
  CHECK(layers[1].size == 2048);
  CHECK(layers[1].shared == convolution{.kernel_rows = 5, .kernel_columns = 5, .pool = 2});
  CHECK(layers[2].shape == grid{1, 1, 128});
  CHECK(layers[2].shared == convolution{.kernel_rows = 4, .kernel_columns = 4, .pool = 2});
  CHECK(layers[3].size == 10);
  CHECK_FALSE(layers[3].shared);
  CHECK(count_layers("conv 16x5 / pool 2 / conv 32x5 / pool 2 / dense 128") == 3);
}

TEST_CASE("layers: a generator grows its grid by transposed convolutions") {
  const auto layers = place_layers("dense 7x7x32/conv_transpose 16x4 stride 2 padding 1", {}, 784);
  CHECK(layers[0].size == 1568);
  CHECK(layers[0].shape == grid{7, 7, 32});
  CHECK_FALSE(layers[0].shared);
  CHECK(layers[1].shape == grid{14, 14, 16});
  CHECK(layers[1].shared ==
        convolution{.kernel_rows = 4, .kernel_columns = 4, .stride = 2, .padding = 1, .transposed = true});
}

TEST_CASE("layers: a last grid of the image's shape is the last layer, any other one has a dense layer behind it") {
  const std::string grown =
      "dense 7x7x32 / conv_transpose 16x4 stride 2 padding 1 / conv_transpose 1x4 stride 2 padding 1";
  const auto drawn = place_layers(grown, {}, 784, image);
  REQUIRE(drawn.size() == 3);
  CHECK(drawn[2].shape == image);
  CHECK(drawn[2].shared->transposed);
  CHECK(place_layers(grown + " / flatten", {}, 784, image).size() == 3);
  CHECK(place_layers(grown, {}, 784).size() == 4);
  for (const std::string text : {"dense 28x28x2", "dense 14x14x1", "dense 784", "dense 28x28x1 / conv 1x1 stride 2"}) {
    CAPTURE(text);
    const auto layers = place_layers(text, {}, 784, image);
    CHECK(layers.size() == count_layers(text) + 1);
    CHECK((layers.back().size == 784 && !layers.back().shared));
  }
  const auto pooled_image = place_layers("dense 28x28x1 / pool 2", {}, 784, image);
  REQUIRE(pooled_image.size() == 2);
  CHECK(pooled_image[1].shared->pool == 2);
  CHECK(place_layers("pool 1", image, 784, image).size() == 1);  // the input is no layer
}

TEST_CASE("layers: whether the first item is dense is known without a grid") {
  CHECK(begins_dense("dense 7x7x32 / conv 3x3"));
  CHECK(begins_dense(" dense 5"));
  CHECK_FALSE(begins_dense("conv 3x3 / dense 5"));
  CHECK_FALSE(begins_dense("flatten / dense 5"));
  CHECK_FALSE(begins_dense("pool 2 / dense 5"));
}

TEST_CASE("layers: dense layers need no grid, two pools are one, and flatten changes nothing") {
  const auto dense = place_layers("dense 400 / dense 100", {}, 10);
  CHECK(dense.size() == 3);
  CHECK(dense[1].size == 100);
  CHECK(place_layers("pool 2 / pool 2 / flatten / dense 5", image, 2)[0].shared ==
        convolution{.kernel_rows = 7, .kernel_columns = 7, .pool = 4});
  const auto only_output = place_layers("pool 2", image, 10);
  REQUIRE(only_output.size() == 1);
  CHECK(only_output[0].shared->kernel_rows == 14);
  CHECK(count_layers("conv 4x3 / flatten / dense 5") == 2);
}

TEST_CASE("layers: a dense layer behind a pool covers a grid that is not square, or one window") {
  const auto wide = place_layers("conv 8x5 / pool 2 / dense 12", {28, 20, 1}, 2);
  CHECK(wide[1].shared == convolution{.kernel_rows = 12, .kernel_columns = 8, .pool = 2});
  CHECK(place_layers("pool 28 / dense 3", image, 2)[0].shared == convolution{.pool = 28});
}

TEST_CASE("layers: a padding of 0 is none") {
  CHECK(place_layers("conv 4x3 padding 0", image, 2)[0].shared == place_layers("conv 4x3", image, 2)[0].shared);
}

TEST_CASE("layers: a text that is not allowed is refused with the item and what is allowed") {
  const std::string form =
      "allowed: dense N, dense ROWSxCOLUMNSxCHANNELS, conv CxK [stride S] [padding P], conv_transpose CxK [stride S] "
      "[padding P], pool N, flatten; separated by /";
  for (const std::string text :
       {"", "dense", "dense 2x3", "dense 5 stride 2", "conv 16", "conv 16x5x5", "conv 16x5 stride",
        "conv 16x5 dilation 2", "pool", "pool 2 2", "flatten 3", "maxpool 2", "dense -1"}) {
    CAPTURE(text);
    CHECK(refusal([&] { count_layers(text); }) == "layers: '" + text + "': " + form);
    CHECK(refusal([&] { place_layers("dense 5/ " + text, image, 10); }) == "layers: '" + text + "': " + form);
  }
  CHECK(refusal([] { count_layers("dense 0"); }) == "layers: 'dense 0': 0 is not allowed: 1 to 65536");
  CHECK(refusal([] { count_layers("conv 16x99999999999"); }) ==
        "layers: 'conv 16x99999999999': 99999999999 is not allowed: 1 to 65536");
  CHECK(refusal([] { place_layers("dense 5 / conv 2x3", image, 10); }) ==
        "layers: 'conv 2x3': the layer before has no grid, needed: an image, conv, or dense ROWSxCOLUMNSxCHANNELS");
  CHECK(
      refusal([] { place_layers("conv 2x30", image, 10); }) ==
      "layers: 'conv 2x30': convolution: a kernel of 30 x 30 with padding 0 and pool 1 does not fit into a grid of 28 "
      "x 28");
  CHECK(refusal([] { place_layers("pool 29", image, 10); }) ==
        "layers: 'pool 29': the window does not fit into a grid of 28 x 28");
}

}  // namespace
}  // namespace firstspike
