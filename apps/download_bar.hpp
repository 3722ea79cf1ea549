// Progress of downloads.
#pragma once

#include <memory>
#include <string>

#include "firstspike/apps/progress.hpp"
#include "firstspike/data/fetch.hpp"

namespace firstspike {

/// One bar for each file that arrives.
class download_bar {
 public:
  /// To be called by download(); *this must outlive it. Throws `interruption` once interrupted().
  progress_function function();

 private:
  std::string url_;
  std::unique_ptr<progress> bar_;
};

}  // namespace firstspike
