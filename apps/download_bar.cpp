#include "firstspike/apps/download_bar.hpp"

#include "firstspike/apps/interrupt.hpp"

namespace firstspike {

progress_function download_bar::function() {
  return [this](const download_progress& state) {
    if (interrupted()) throw interruption();
    if (url_ != state.url) {
      url_ = state.url;
      bar_ = std::make_unique<progress>(url_.substr(url_.rfind('/') + 1), state.total, "bytes");
    }
    bar_->at(state.received);
    if (state.total > 0 && state.received >= state.total) bar_->finish();
  };
}

}  // namespace firstspike
