// MODE Z of the fake server: what it sends compressed, and what it receives expanded.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;

namespace ftpsfs::test {

/// Yields what `source` does, compressed. `source` is empty at its end.
std::function<std::string(std::size_t max_bytes)> deflating(std::function<std::string(std::size_t max_bytes)> source);

/// Passes on to `sink` what it is given, expanded.
class Inflating {
 public:
  explicit Inflating(std::function<void(std::string_view)> sink);
  ~Inflating();
  Inflating(const Inflating&) = delete;
  Inflating& operator=(const Inflating&) = delete;

  void operator()(std::string_view bytes);
  /// The compressed data came to its own end, or none came at all.
  [[nodiscard]] bool complete() const { return untouched_ || over_; }

 private:
  std::function<void(std::string_view)> sink_;
  std::unique_ptr<z_stream_s> zlib_;
  bool untouched_ = true;
  bool over_ = false;
};

}  // namespace ftpsfs::test
