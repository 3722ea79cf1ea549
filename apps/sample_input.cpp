#include "firstspike/apps/sample_input.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "firstspike/apps/download_bar.hpp"
#include "firstspike/apps/spike_input.hpp"
#include "firstspike/data/coding.hpp"
#include "firstspike/data/data_sets.hpp"
#include "firstspike/data/idx.hpp"
#include "firstspike/evaluation/readout.hpp"

namespace firstspike {
namespace {

void check_combination(const command_line& line, const sample_options& options, const loaded_model& model) {
  line.refuse_both("images", "spikes");
  line.refuse_both("count", "samples");
  for (const auto* file : {"images", "spikes"}) {
    line.refuse_both(file, "data");
    line.refuse_both(file, "set");
  }
  if (options.labels && !options.images && !options.spikes) {
    throw usage_error("--labels needs --images or --spikes, whose labels they are");
  }
  if (options.labels && model.label_of_output.empty()) {
    throw usage_error("--labels: the network's outputs are no classes; --label-map would tell which is which");
  }
}

/// The samples that --count or --samples choose of those `there_are`.
std::pair<std::size_t, std::size_t> chosen_range(const sample_options& options, std::size_t there_are) {
  if (options.count && *options.count > there_are) {
    throw usage_error(fmt::format("--count = '{}', allowed: 1 to {}, which is all", *options.count, there_are));
  }
  if (!options.samples) return {0, options.count.value_or(there_are)};
  const auto [first, end] = *options.samples;
  if (end > there_are) {
    throw usage_error(fmt::format("--samples = '{}:{}', allowed: within 0:{}", first, end, there_are));
  }
  return {first, end};
}

requested_images images_of(const sample_options& options, std::uint64_t seed) {
  image_request request{options.images, options.labels, {}, options.set};
  request.data_set.name = options.digits;
  request.data_set.directory = options.data;
  request.data_set.seed = seed;
  download_bar bar;
  auto images = load_images(request, bar.function());
  for (const auto& note : images.notes) message(note);
  return images;
}

sample_input from_images(const sample_options& options, const loaded_model& model, std::uint64_t seed) {
  auto images = images_of(options, seed);
  const auto set = std::make_shared<const image_set>(std::move(images.set));
  const auto sources = std::visit([](const auto& net) { return net.source_count(); }, model.net);
  check_images(*set, sources);
  const auto [first, end] = chosen_range(options, set->count);
  sample_input input{images.from, end - first, {}, set->rows, set->columns, {}};
  if (!model.label_of_output.empty() && !set->labels.empty()) {
    const auto labels = std::span(set->labels).subspan(first, end - first);
    input.labels.assign(labels.begin(), labels.end());
  }
  input.times = [set, first = first, t_in = model.t_in](std::size_t a, std::size_t b) {
    const auto size = pixels_per_image(*set);
    return encode_image(std::span(set->pixels).subspan((first + a) * size, (b - a) * size), t_in);
  };
  return input;
}

sample_input from_spikes(const sample_options& options, const loaded_model& model) {
  const auto spikes = std::make_shared<const spike_input>(read_spike_input(*options.spikes, populations_of(model)));
  const auto [first, end] = chosen_range(options, spikes->samples);
  sample_input input{*options.spikes, end - first, {}, 0, 0, {}};
  if (options.labels) {
    const auto labels = read_idx_labels(*options.labels);
    if (labels.size() != spikes->samples) {
      throw std::runtime_error(fmt::format("{}: {} labels, {} has {} samples", *options.labels, labels.size(),
                                           *options.spikes, spikes->samples));
    }
    input.labels.assign(labels.begin() + static_cast<std::ptrdiff_t>(first),
                        labels.begin() + static_cast<std::ptrdiff_t>(end));
  }
  input.times = [spikes, first = first](std::size_t a, std::size_t b) {
    return source_times(*spikes, first + a, first + b);
  };
  return input;
}

}  // namespace

void add_sample_options(command_line& line, sample_options& options, bool spikes_and_range) {
  line.group("Input");
  line.add("images", options.images, file_path("F.idx[.gz]"), "images (default: those of the data set)");
  line.add("labels", options.labels, file_path("F.idx[.gz]"), "their labels");
  if (spikes_and_range)
    line.add("spikes", options.spikes, file_path("F.h5"), "input spikes (SONATA) instead of images");
  line.add("data", options.data, directory_path("DIR"), "where MNIST's files are, and nowhere else");
  line.add("set", options.set, one_of({"test", "train"}), "which of the data set's images");
  line.add("count", options.count, whole_number(1), "the first N samples only");
  if (spikes_and_range) line.add("samples", options.samples, index_range(), "samples A up to, not including, B only");
  name_data_folders(line);
}

sample_input load_samples(const command_line& line, const sample_options& options, const loaded_model& model,
                          std::uint64_t seed) {
  check_combination(line, options, model);
  auto input = options.spikes ? from_spikes(options, model) : from_images(options, model, seed);
  check_labels(input.labels, model.label_of_output);
  return input;
}

}  // namespace firstspike
