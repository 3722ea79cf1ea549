// Memory of large arrays that are accessed at random.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace firstspike {

inline constexpr std::size_t huge_page = std::size_t{1} << 21;  ///< [bytes]
void* allocate_huge_pages(std::size_t bytes);
void free_huge_pages(void* memory);

/// Asks the kernel for pages of 2 MiB where an array has some. With pages of 4 KiB, each access to a random synapse or
/// neuron of a large network also looks up its page in memory: a run takes a third longer (bench/README.md). Where the
/// kernel does not have such pages, nothing changes.
template <class T>
struct huge_page_allocator {
  using value_type = T;

  huge_page_allocator() = default;
  template <class U>  // allocators convert to each other: NOLINTNEXTLINE(google-explicit-constructor)
  huge_page_allocator(const huge_page_allocator<U>&) {}

  T* allocate(std::size_t count) {
    if (!is_large(count)) return std::allocator<T>().allocate(count);
    return static_cast<T*>(allocate_huge_pages(count * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t count) {
    if (!is_large(count)) return std::allocator<T>().deallocate(memory, count);
    free_huge_pages(memory);
  }
  static bool is_large(std::size_t count) { return count * sizeof(T) >= huge_page; }
  friend bool operator==(const huge_page_allocator&, const huge_page_allocator&) { return true; }
};

template <class T>
using large_vector = std::vector<T, huge_page_allocator<T>>;

}  // namespace firstspike
