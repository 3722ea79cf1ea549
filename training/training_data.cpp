#include "firstspike/training/training_data.hpp"

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "firstspike/data/idx.hpp"
#include "firstspike/data/random.hpp"
#include "firstspike/engine/require.hpp"

namespace firstspike {
namespace {

training_data load_images(const training_options& options, std::uint64_t seed, data_parts parts,
                          const progress_function& progress, std::optional<image_set> in_memory) {
  if (options.images == images_in_memory) {
    if (!in_memory) {
      throw std::runtime_error(
          "the run was given its images in memory, so that it cannot go on without them; start another one from its "
          "model");
    }
    return {images_in_memory, {}, {}, std::move(*in_memory)};
  }
  require(!in_memory.has_value(), "images in memory, allowed: none, the run reads {}",
          options.images.value_or(options.set));
  if (options.images) {
    auto own = options.labels ? read_image_set(*options.images, *options.labels) : read_idx_images(*options.images);
    return {std::filesystem::absolute(*options.images).lexically_normal().string(), {}, {}, std::move(own)};
  }
  data_request request;
  request.name = options.set;
  request.seed = seed;
  request.parts = parts;
  if (options.data) request.directory = *options.data;
  auto digits = load_digits(request, progress);
  return {digits.name, digits.where, std::move(digits.notes), std::move(digits.train), std::move(digits.test)};
}

}  // namespace

void split(training_data& data, std::uint64_t count, std::uint64_t validation, std::uint64_t seed) {
  require(count <= data.train.count, "train-count = {}, allowed: up to the {} there are", count, data.train.count);
  if (count == 0) count = data.train.count;
  require(validation < count, "validation = {}, allowed: fewer than the {} training images", validation, count);
  std::vector<std::uint32_t> all(count);
  std::iota(all.begin(), all.end(), 0u);
  random_stream stream(seed, draw::validation_split);
  for (auto left = static_cast<std::uint32_t>(count); left > 1; --left) {
    std::swap(all[left - 1], all[stream.below(left)]);
  }
  data.validation.assign(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(validation));
  data.training.assign(all.begin() + static_cast<std::ptrdiff_t>(validation), all.end());
  std::ranges::sort(data.validation);
  std::ranges::sort(data.training);
}

training_data load_training_data(const classifier_training_options& options, const progress_function& progress,
                                 std::optional<image_set> in_memory) {
  auto data = load_images(options, options.learn.seed, data_parts::both, progress, std::move(in_memory));
  split(data, options.train_count, options.validation, options.learn.seed);
  return data;
}

training_data load_training_data(const gan_training_options& options, const progress_function& progress,
                                 std::optional<image_set> in_memory) {
  auto data = load_images(options, options.learn.seed, data_parts::train, progress, std::move(in_memory));
  split(data, options.train_count, 0, options.learn.seed);
  return data;
}

}  // namespace firstspike
