// Losses on the firing times of the output layer. Each is one file in losses/ and one name in meson.build.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace firstspike {

/// A loss and its derivative by each output's firing time.
struct time_loss {
  double value = 0;
  std::vector<double> dl_dt;  ///< [output], [1 / steps]
};

struct loss_options {
  double t_max = 256;  ///< what the time of a silent output counts as [steps]
  double gamma = 3;    ///< margin [steps], 0 to t_max
  double beta = 25.6;  ///< temperature [steps], > 0
  double pull = 0;     ///< how much an output that is already likely is drawn earlier, >= 0
};

struct loss {
  std::string_view name;
  std::string_view summary;  ///< one line, for help
  /// `times` [output] as recorded, [steps]; `truth` the index of the output that should fire first.
  time_loss (*of)(std::span<const double> times, std::size_t truth, const loss_options& options) = nullptr;
  std::string_view options{};  ///< those of loss_options that it reads besides t_max, separated by spaces
};

/// All of them, in the order of meson.build, and one: throws std::invalid_argument, naming those there are.
std::span<const loss> all_losses();
const loss& loss_called(std::string_view name);

/// Whether the loss reads the option of that name.
bool reads(const loss& l, std::string_view option);

/// The times with those of silent outputs, or later than t_max, as t_max.
std::vector<double> counted_until(std::span<const double> times, double t_max);

/// e^x within 2 ulp, from IEEE basic operations alone: the same bits on every machine. libm's differ in their last bit
/// from one processor to the next, and what enters a gradient must not. 0 below -700, e^700 above 700.
double exact_exp(double x);

}  // namespace firstspike
