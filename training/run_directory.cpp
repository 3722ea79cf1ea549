#include "firstspike/training/run_directory.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "firstspike/data/fetch.hpp"
#include "firstspike/data/idx.hpp"
#include "firstspike/engine/pending_file.hpp"
#include "firstspike/models/gan_options.hpp"
#include "firstspike/training/training_options.hpp"

namespace firstspike {

namespace fs = std::filesystem;

namespace {

// The files of a run besides sample grids.
const std::set<std::string> names_of_files{"checkpoint.h5", "model.h5", "discriminator.h5", "metrics.csv"};

}  // namespace

std::string checkpoint_path(const std::string& directory) { return directory + "/checkpoint.h5"; }

std::string model_path(const std::string& directory) { return directory + "/model.h5"; }

void record_options(run_metadata& metadata, const std::string& trained_by,
                    const std::map<std::string, std::string>& options) {
  metadata["trained_by"] = trained_by;
  for (const auto& [name, value] : options) metadata["option." + name] = value;
}

std::map<std::string, std::string> recorded_options(const std::string& path, const run_metadata& metadata,
                                                    const std::string& trained_by) {
  const auto by = metadata.find("trained_by");
  if (by == metadata.end() || by->second != metadata_value(trained_by)) {
    const auto other = by == metadata.end() ? "another program" : metadata_text(by->second);
    throw std::runtime_error(fmt::format("{}: was written by {}, needed: by {}", path, other, trained_by));
  }
  std::map<std::string, std::string> options;
  for (const auto& [name, value] : metadata) {
    if (!name.starts_with("option.")) continue;
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) throw std::runtime_error(fmt::format("{}: {} is a number, needed: a text", path, name));
    options.emplace(name.substr(7), *text);
  }
  if (!options.contains("regime")) {
    throw std::runtime_error(
        fmt::format("{}: was written by a run of {} of an older version; firstspike 0.1.0 reads it", path, trained_by));
  }
  return options;
}

run_kind kind_of_run(const std::string& directory) {
  if (!fs::is_directory(directory)) throw std::runtime_error(directory + ": no such run directory");
  const auto state = read_checkpoint(checkpoint_path(directory));
  run_kind kind{value_of<std::string>(state, "trained_by")};
  const auto options = recorded_options(state.path, state.values, kind.trained_by);
  const auto images = options.find("images");
  kind.in_memory = images != options.end() && images->second == images_in_memory;
  return kind;
}

void store_metadata(checkpoint& state, const run_metadata& metadata) {
  for (const auto& [name, value] : metadata) state.values["metadata." + name] = value;
}

run_metadata metadata_of(const checkpoint& state) {
  constexpr std::string_view prefix = "metadata.";
  run_metadata metadata;
  for (const auto& [name, value] : state.values) {
    if (name.starts_with(prefix)) metadata.emplace(name.substr(prefix.size()), value);
  }
  return metadata;
}

template <class Real>
void store(checkpoint& state, const std::string& prefix, const network<Real>& net,
           const optimizer_state<Real>& optimizer) {
  for (std::size_t i = 0; i < net.projection_count(); ++i) {
    const auto w = net.weights(i);
    state.arrays[fmt::format("{}weights{}", prefix, i)] = std::vector<Real>(w.begin(), w.end());
  }
  for (std::size_t i = 0; i < optimizer.m.size(); ++i) {
    state.arrays[fmt::format("{}m{}", prefix, i)] = optimizer.m[i];
    state.arrays[fmt::format("{}v{}", prefix, i)] = optimizer.v[i];
  }
  state.arrays[prefix + "beta_powers"] = std::vector<double>{optimizer.beta1_power, optimizer.beta2_power};
}

template <class Real>
void restore(const checkpoint& state, const std::string& prefix, network<Real>& net, optimizer_state<Real>& optimizer) {
  for (std::size_t i = 0; i < net.projection_count(); ++i) {
    const auto w = net.weights(i);
    std::ranges::copy(array_of<Real>(state, fmt::format("{}weights{}", prefix, i), w.size()), w.begin());
  }
  for (std::size_t i = 0; i < optimizer.m.size(); ++i) {
    auto& m = optimizer.m[i];
    auto& v = optimizer.v[i];
    std::ranges::copy(array_of<Real>(state, fmt::format("{}m{}", prefix, i), m.size()), m.begin());
    std::ranges::copy(array_of<Real>(state, fmt::format("{}v{}", prefix, i), v.size()), v.begin());
  }
  const auto powers = array_of<double>(state, prefix + "beta_powers", 2);
  optimizer.beta1_power = powers[0];
  optimizer.beta2_power = powers[1];
}

template <class Real>
stored_model as_model(const network<Real>& net, const learner<Real>& trained, const std::string& regime, double t_in,
                      std::vector<std::uint8_t> label_of_output, run_metadata metadata) {
  std::vector<std::uint8_t> trainable(net.populations().size(), 1);
  for (const auto projection : trained.optimizer.fixed) trainable[net.pre(projection)] = 0;
  return {with_precision<double>(net), std::is_same_v<Real, float>, t_in,   trained.options.backward.t_max,
          std::move(label_of_output),  std::move(metadata),         regime, std::move(trainable)};
}

void record_image_window(run_metadata& metadata, const gan_options& options) {
  metadata["image_opens"] = image_opens(options);
  metadata["t_in"] = options.t_in;
}

run_lock::run_lock(const std::string& directory) : path_(directory + "/.lock") {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) throw std::runtime_error(fmt::format("{}: cannot be created: {}", directory, error.message()));
  for (;;) {
    file_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file_ < 0) throw std::runtime_error(fmt::format("{}: cannot be created: {}", path_, std::strerror(errno)));
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (::fcntl(file_, F_SETLK, &whole) != 0) {
      const bool held = ::fcntl(file_, F_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
      ::close(std::exchange(file_, -1));
      throw std::runtime_error(fmt::format("{}: is in use by {}; wait for it, or stop it", directory,
                                           held ? fmt::format("process {}", whole.l_pid) : "another process"));
    }
    // Its former holder may have removed the file in the meantime.
    struct stat locked {
    }, there{};
    if (::fstat(file_, &locked) == 0 && ::stat(path_.c_str(), &there) == 0 && locked.st_ino == there.st_ino) return;
    ::close(std::exchange(file_, -1));
  }
}

run_lock::~run_lock() {
  if (file_ < 0) return;
  ::unlink(path_.c_str());
  ::close(file_);
}

run_lock::run_lock(run_lock&& other) noexcept : path_(std::move(other.path_)), file_(std::exchange(other.file_, -1)) {}

run_lock& run_lock::operator=(run_lock&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(file_, other.file_);
  return *this;
}

void begin_run(const std::string& directory, bool overwrite) {
  remove_unfinished_files(directory);
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const auto name = entry.path().filename().string();
    const bool grid = name.starts_with("samples") && name.ends_with(".png");
    if (grid || names_of_files.contains(name)) old.push_back(entry.path());
  }
  if (!old.empty() && !overwrite) {
    throw file_exists(directory, fmt::format("contains a run ({}); resume it, choose another directory",
                                             old.front().filename().string()));
  }
  for (const auto& path : old) fs::remove(path);
}

std::uint64_t steps_taken(const checkpoint& state) {
  return static_cast<std::uint64_t>(value_of<std::int64_t>(state, "step"));
}

std::string hash_of(const image_set& images) {
  const auto text =
      fmt::format("{} x {} {} {}", images.rows, images.columns, sha256(images.pixels), sha256(images.labels));
  return sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

void store_data(checkpoint& state, const std::string& name, const std::string& hash) {
  state.values["data"] = name;
  state.values["data_sha256"] = hash;
}

std::vector<std::string> check_same_data(const checkpoint& state, const std::string& name, const std::string& hash) {
  if (state.values.contains("data_sha256")) {
    if (value_of<std::string>(state, "data_sha256") == hash) return {};
    throw std::runtime_error(
        fmt::format("{}: {} is not what the run was trained on: its images or labels have changed since; restore them, "
                    "or begin a new run",
                    state.path, name));
  }
  const auto& before = value_of<std::string>(state, "data");
  if (before == name) {
    return {
        fmt::format("{}: has no SHA-256 of its data, as firstspike 0.2.0 wrote it; whether {} has changed since is "
                    "not known",
                    state.path, name)};
  }
  throw std::runtime_error(
      fmt::format("{}: the run was trained on {}, not on {}; use that data set", state.path, before, name));
}

namespace {

std::uint64_t step_of_row(const std::string& path, const std::string& row) {
  std::uint64_t step = 0;
  const auto [end, error] = std::from_chars(row.data(), row.data() + row.size(), step);
  if (error != std::errc{} || end == row.data() + row.size() || *end != ',') {
    throw std::runtime_error(
        fmt::format("{}: row '{}' does not begin with a training step; remove it to resume", path, row));
  }
  return step;
}

}  // namespace

metrics_file::metrics_file(const std::string& directory, const std::vector<std::string>& columns, std::uint64_t step)
    : path_(directory + "/metrics.csv") {
  std::string kept = "step";
  for (const auto& column : columns) kept += "," + column;
  kept += "\n";
  if (step > 0) {
    std::ifstream old(path_);
    std::string line;
    std::getline(old, line);
    // A row without a line end was being written when the run was killed: it is of a later training step.
    while (std::getline(old, line) && !old.eof()) {
      if (step_of_row(path_, line) <= step) kept += line + "\n";
    }
  }
  write_whole_file(path_, std::vector<std::uint8_t>(kept.begin(), kept.end()), true);
}

void metrics_file::add(std::uint64_t step, const std::vector<double>& values) {
  std::ofstream file(path_, std::ios::app);
  file << step;
  for (const auto value : values) file << fmt::format(",{}", value);
  file << "\n";
  if (!file.flush()) throw std::runtime_error(fmt::format("{}: cannot be written", path_));
}

template void store(checkpoint&, const std::string&, const network<float>&, const optimizer_state<float>&);
template void store(checkpoint&, const std::string&, const network<double>&, const optimizer_state<double>&);
template void restore(const checkpoint&, const std::string&, network<float>&, optimizer_state<float>&);
template void restore(const checkpoint&, const std::string&, network<double>&, optimizer_state<double>&);
template stored_model as_model(const network<float>&, const learner<float>&, const std::string&, double,
                               std::vector<std::uint8_t>, run_metadata);
template stored_model as_model(const network<double>&, const learner<double>&, const std::string&, double,
                               std::vector<std::uint8_t>, run_metadata);

}  // namespace firstspike
