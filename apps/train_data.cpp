#include "firstspike/apps/train_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "firstspike/apps/progress.hpp"
#include "firstspike/data/data_sets.hpp"
#include "firstspike/data/idx.hpp"
#include "firstspike/data/random.hpp"

namespace firstspike {
namespace {

void load_images(const training_run& run, training_data& data) {
  if (run.images) {
    data.name = *run.images;
    data.train = read_image_set(*run.images, *run.labels);
    return;
  }
  data_request request;
  request.name = run.set;
  request.seed = run.common.seed;
  if (run.data) request.directory = *run.data;
  auto digits = load_digits(request);
  for (const auto& note : digits.notes) message(note);
  message(fmt::format("data: {} ({}), {} training and {} test images", digits.name, digits.where,
                      grouped(digits.train.count), grouped(digits.test.count)));
  data.name = digits.name;
  data.train = std::move(digits.train);
  data.test = std::move(digits.test);
}

}  // namespace

training_data load_training_data(const training_run& run, std::uint64_t validation) {
  training_data data;
  load_images(run, data);
  if (run.train_count > data.train.count) {
    throw usage_error(
        fmt::format("--train-count = {}, allowed: up to the {} there are", run.train_count, data.train.count));
  }
  const auto count = run.train_count > 0 ? run.train_count : data.train.count;
  if (validation >= count) {
    throw usage_error(fmt::format("--validation = {}, allowed: fewer than the {} training images", validation, count));
  }
  std::vector<std::uint32_t> all(count);
  std::iota(all.begin(), all.end(), 0u);
  random_stream stream(run.common.seed, draw::validation_split);
  for (auto left = static_cast<std::uint32_t>(count); left > 1; --left)
    std::swap(all[left - 1], all[stream.below(left)]);
  data.validation.assign(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(validation));
  data.learnt.assign(all.begin() + static_cast<std::ptrdiff_t>(validation), all.end());
  std::ranges::sort(data.validation);
  std::ranges::sort(data.learnt);
  return data;
}

}  // namespace firstspike
