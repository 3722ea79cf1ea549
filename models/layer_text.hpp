// Hidden layers as text: "conv 16x5 / pool 2 / conv 32x5 / pool 2 / dense 128".
//
//     dense N                          N neurons, each connected to all of the layer before
//     dense ROWSxCOLUMNSxCHANNELS      the same, arranged in a grid
//     conv CxK [stride S] [padding P]  C channels, each with a kernel of K x K (torch's Conv2d)
//     conv_transpose CxK [stride S] [padding P]   the same, transposed (torch's ConvTranspose2d)
//     pool N                           average pooling, windows of N x N (torch's AvgPool2d); no neurons
//     flatten                          accepted after a grid and before a dense layer, where it changes nothing
//
// A pool belongs to the connections of the layer after it (engine/convolution.hpp), so it takes no time and no spikes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "firstspike/engine/convolution.hpp"

namespace firstspike {

/// A layer of neurons and its connection with the layer before.
struct placed_layer {
  std::uint32_t size = 0;
  grid shape{};                         ///< of its neurons, if they have an arrangement
  std::optional<convolution> shared{};  ///< its weights are shared; none: dense
};

/// The number of layers of neurons in the text. Throws std::invalid_argument, which names the first item that is not as
/// above.
std::size_t count_layers(std::string_view text);

/// Whether the first item is dense, so that the layers need no grid before them.
bool begins_dense(std::string_view text);

/// The layers of the text, behind the grid `input`, and a dense layer of `last` neurons after them. Without the latter
/// if the neurons of the text's last layer have the arrangement `last_shape` and no pool follows. Throws
/// std::invalid_argument as count_layers() does, and if an item needs a grid and has none, or its kernel does not fit.
std::vector<placed_layer> place_layers(std::string_view text, const grid& input, std::uint32_t last,
                                       const grid& last_shape = {});

}  // namespace firstspike
