// NumPy arrays from and to the containers of the libraries.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "firstspike/data/image_set.hpp"

namespace firstspike::python {

namespace py = pybind11;

/// An argument: a C-contiguous array of exactly this type. The Python modules convert others.
template <class T>
using array = py::array_t<T, py::array::c_style>;

using shape = std::vector<py::ssize_t>;

/// The elements of an array; valid as long as the array.
template <class T>
std::span<const T> elements(const array<T>& a) {
  return {a.data(), static_cast<std::size_t>(a.size())};
}

template <class T>
std::vector<T> copied(const array<T>& a) {
  return {a.data(), a.data() + a.size()};
}

/// An array that owns `values`, which are not copied.
template <class T>
py::array_t<T> to_array(std::vector<T> values, const shape& dimensions) {
  auto owner = std::make_unique<std::vector<T>>(std::move(values));
  const T* data = owner->data();
  const py::capsule keeper(owner.get(), [](void* kept) { delete static_cast<std::vector<T>*>(kept); });
  owner.release();
  return py::array_t<T>(dimensions, data, keeper);
}

template <class T>
py::array_t<T> to_array(std::vector<T> values) {
  const auto size = static_cast<py::ssize_t>(values.size());
  return to_array(std::move(values), {size});
}

/// A read-only array of elements that `owner` keeps alive.
template <class T>
py::array_t<T> view(std::span<const T> values, const shape& dimensions, const py::object& owner) {
  py::array_t<T> a(dimensions, values.data(), owner);
  py::detail::array_proxy(a.ptr())->flags &= ~py::detail::npy_api::NPY_ARRAY_WRITEABLE_;
  return a;
}

/// The images [image][row][column] and labels [image] of two arrays, copied. `labels` may be None.
image_set to_images(const array<std::uint8_t>& pixels, const py::object& labels);

/// Pixels [image][row][column] and labels [image], or None, as a pair.
py::tuple from_images(image_set set);

}  // namespace firstspike::python
