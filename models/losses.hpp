// Losses on the firing times of the output layer. Each is one file in losses/ and one name in meson.build.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace firstspike {

/// The value of a loss and its derivatives by the firing times of the outputs.
struct time_loss {
  double value = 0;
  std::vector<double> dl_dt;  ///< [output], [1 / steps]
};

struct loss_options {
  double t_max = 256;  ///< the time of a silent output counts as this [steps]
  double gamma = 3;    ///< margin [steps], 0 to t_max
  double beta = 25.6;  ///< temperature [steps], > 0
  double pull = 0;     ///< weight of the term that moves a likely true output earlier, >= 0
};

struct loss {
  std::string_view name;
  std::string_view summary;  ///< one line, for help
  /// `times` [output] as recorded, [steps]; `truth` the index of the output that should fire first.
  time_loss (*of)(std::span<const double> times, std::size_t truth, const loss_options& options) = nullptr;
  std::string_view options{};  ///< those of loss_options that it reads besides t_max, separated by spaces
};

/// All losses, in the order of meson.build, and one by name: throws std::invalid_argument with the known names.
std::span<const loss> all_losses();
const loss& loss_called(std::string_view name);

/// Whether the loss reads the option of that name.
bool reads(const loss& l, std::string_view option);

/// The times, limited to t_max: silent outputs count as t_max.
std::vector<double> counted_until(std::span<const double> times, double t_max);

/// e^x within 2 ulp, from IEEE basic operations only: bit-identical on every machine. The last bit of libm's exp
/// differs between processors, and gradients must not. 0 below -700, e^700 above 700.
double exact_exp(double x);

}  // namespace firstspike
