#include "firstspike/training/network_input.hpp"

#include <memory>
#include <span>
#include <stdexcept>

#include "firstspike/data/coding.hpp"
#include "firstspike/data/idx.hpp"
#include "firstspike/engine/require.hpp"
#include "firstspike/evaluation/readout.hpp"
#include "firstspike/traces/spike_input.hpp"

namespace firstspike {
namespace {

/// The samples that the request chooses of those `there_are`.
std::pair<std::size_t, std::size_t> chosen_range(const input_request& request, std::size_t there_are) {
  const auto count = request.count.value_or(there_are);
  require(request.count.value_or(1) >= 1 && count <= there_are, "count = '{}', allowed: 1 to {}, which is all", count,
          there_are);
  if (!request.samples) return {0, count};
  const auto [first, end] = *request.samples;
  require(end <= there_are, "samples = '{}:{}', allowed: within 0:{}", first, end, there_are);
  return {first, end};
}

std::vector<std::uint8_t> part_of(std::span<const std::uint8_t> labels, std::size_t first, std::size_t end) {
  const auto part = labels.subspan(first, end - first);
  return {part.begin(), part.end()};
}

network_input from_images(const loaded_model& model, const input_request& request, const progress_function& download) {
  auto images = load_images(request.images, download);
  const auto set = std::make_shared<const image_set>(std::move(images.set));
  check_images(*set, std::visit([](const auto& net) { return net.source_count(); }, model.net));
  const auto [first, end] = chosen_range(request, set->count);
  network_input input{images.from, end - first, {}, set->rows, set->columns, std::move(images.notes)};
  if (!model.label_of_output.empty() && !set->labels.empty()) input.labels = part_of(set->labels, first, end);
  input.times = [set, first = first, t_in = model.t_in](std::size_t a, std::size_t b) {
    const auto size = pixels_per_image(*set);
    return encode_image(std::span(set->pixels).subspan((first + a) * size, (b - a) * size), t_in);
  };
  return input;
}

network_input from_spikes(const loaded_model& model, const input_request& request) {
  const auto& file = *request.spikes;
  const auto spikes = std::make_shared<const spike_input>(read_spike_input(file, populations_of(model)));
  const auto [first, end] = chosen_range(request, spikes->samples);
  network_input input{file, end - first};
  if (request.images.labels) {
    const auto labels = read_idx_labels(*request.images.labels);
    if (labels.size() != spikes->samples) {
      throw std::runtime_error(fmt::format("{}: {} labels, {} has {} samples", *request.images.labels, labels.size(),
                                           file, spikes->samples));
    }
    input.labels = part_of(labels, first, end);
  }
  input.times = [spikes, first = first](std::size_t a, std::size_t b) {
    return source_times(*spikes, first + a, first + b);
  };
  return input;
}

}  // namespace

network_input load_input(const loaded_model& model, const input_request& request, const progress_function& download) {
  require(!request.images.labels || !model.label_of_output.empty(),
          "labels: the network's outputs are no classes; a label map would tell which is which");
  auto input = request.spikes ? from_spikes(model, request) : from_images(model, request, download);
  check_labels(input.labels, model.label_of_output);
  return input;
}

}  // namespace firstspike
