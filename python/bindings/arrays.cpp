#include "firstspike/python/bindings/arrays.hpp"

namespace firstspike::python {

image_set to_images(const array<std::uint8_t>& pixels, const py::object& labels) {
  image_set set{static_cast<std::size_t>(pixels.shape(0)),
                static_cast<std::size_t>(pixels.shape(1)),
                static_cast<std::size_t>(pixels.shape(2)),
                copied(pixels),
                {}};
  if (!labels.is_none()) set.labels = copied(labels.cast<array<std::uint8_t>>());
  return set;
}

py::tuple from_images(image_set set) {
  const shape dimensions{static_cast<py::ssize_t>(set.count), static_cast<py::ssize_t>(set.rows),
                         static_cast<py::ssize_t>(set.columns)};
  py::object labels = py::none();
  if (!set.labels.empty()) labels = to_array(std::move(set.labels));
  return py::make_tuple(to_array(std::move(set.pixels), dimensions), labels);
}

}  // namespace firstspike::python
