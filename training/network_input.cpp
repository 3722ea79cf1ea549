#include "firstspike/training/network_input.hpp"

#include <algorithm>
#include <limits>
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
  const auto first = request.samples->first;
  const auto end =
      request.samples->second == std::numeric_limits<std::uint64_t>::max() ? there_are : request.samples->second;
  require(first < end && end <= there_are, "samples = '{}:{}', allowed: within 0:{}", first, end, there_are);
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
  if (!set->labels.empty()) input.known_labels = part_of(set->labels, first, end);
  if (!model.label_of_output.empty()) input.labels = input.known_labels;
  input.times = [set, first = first, t_in = model.t_in](std::size_t a, std::size_t b) {
    const auto size = pixels_per_image(*set);
    return encode_image(std::span(set->pixels).subspan((first + a) * size, (b - a) * size), t_in);
  };
  return input;
}

/// Notes that some spikes are outside the window of the run. Refuses spikes of which none is within it: their times are
/// in other units, or it is too short.
void check_times(const std::string& file, const spike_input& spikes, double t_max, std::vector<std::string>& notes) {
  double earliest = never;
  std::size_t all = 0, late = 0;
  for (const auto& source : spikes.of_source) {
    for (const double t : source.timestamps) {
      earliest = std::min(earliest, t);
      ++all;
      late += t >= t_max;
    }
  }
  constexpr auto remedy = "give a larger t_max, or times in steps";
  if (all > 0 && late == all) {
    throw std::runtime_error(fmt::format("{}: the earliest spike is at {}, the run ends at t_max = {} steps; {}", file,
                                         earliest, t_max, remedy));
  }
  if (late == 0) return;
  notes.push_back(fmt::format("{}: {} of {} spikes are not before t_max = {} steps and have no effect; {}", file, late,
                              all, t_max, remedy));
}

network_input from_spikes(const loaded_model& model, const input_request& request) {
  const auto& file = *request.spikes;
  const auto spikes = std::make_shared<const spike_input>(
      read_spike_input(file, populations_of(model), repeats_allowed(request.first_spikes)));
  const auto [first, end] = chosen_range(request, spikes->samples);
  network_input input{file, end - first};
  check_times(file, *spikes, model.t_max, input.notes);
  input.spikes_left_out = spikes->left_out;
  if (request.first_spikes) {
    input.notes.push_back(
        fmt::format("{}: each neuron's first spike is kept, {} later ones are left out", file, spikes->left_out));
  }
  if (request.images.labels) {
    const auto labels = read_idx_labels(*request.images.labels);
    if (labels.size() != spikes->samples) {
      throw std::runtime_error(fmt::format("{}: {} labels, {} has {} samples", *request.images.labels, labels.size(),
                                           file, spikes->samples));
    }
    input.labels = input.known_labels = part_of(labels, first, end);
  } else if (!spikes->labels.empty()) {
    input.known_labels = part_of(spikes->labels, first, end);
    const auto is_class = [&](std::uint8_t label) {
      return std::ranges::find(model.label_of_output, label) != model.label_of_output.end();
    };
    if (std::ranges::all_of(input.known_labels, is_class)) input.labels = input.known_labels;
  }
  input.times = [spikes, first = first](std::size_t a, std::size_t b) {
    return source_times(*spikes, first + a, first + b);
  };
  return input;
}

}  // namespace

data_request data_set_of(const run_metadata& metadata) {
  const auto text = [&](const std::string& name) {
    const auto found = metadata.find(name);
    const auto* value = found == metadata.end() ? nullptr : std::get_if<std::string>(&found->second);
    return value ? *value : std::string();
  };
  const auto own = text("option.images");
  require(own.empty(), "images or data is needed: the model was trained on {}, which is no data set", own);
  data_request request;
  if (const auto name = text("option.set"); !name.empty()) request.name = name;
  const auto seed = metadata.find("seed");
  const auto* value = seed == metadata.end() ? nullptr : std::get_if<std::int64_t>(&seed->second);
  if (value) request.seed = static_cast<std::uint64_t>(*value);
  return request;
}

network_input load_input(const loaded_model& model, const input_request& request, const progress_function& download) {
  require(!request.images.labels || !model.label_of_output.empty(),
          "labels: the network's outputs are no classes; a label map would tell which is which");
  auto input = request.spikes ? from_spikes(model, request) : from_images(model, request, download);
  check_labels(input.labels, model.label_of_output);
  return input;
}

}  // namespace firstspike
