// A Stream over zlib.
#include "ftpsfs/net/deflated_stream.h"

#include <zlib.h>

#include <array>
#include <new>
#include <string>
#include <utility>

namespace ftpsfs::net {
namespace {

constexpr std::size_t kBuffer = 64 * 1024;

Bytef* zlib_bytes(const std::byte* bytes) { return reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes)); }

/// What came compressed, expanded.
class Inflater {
 public:
  Inflater() {
    if (::inflateInit(&zlib_) != Z_OK) throw std::bad_alloc();
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { ::inflateEnd(&zlib_); }

  [[nodiscard]] bool begun() const { return zlib_.total_in > 0 || zlib_.avail_in > 0; }
  [[nodiscard]] bool over() const { return over_; }
  /// True while more may come without further input.
  [[nodiscard]] bool holds_data() const { return !over_ && (zlib_.avail_in > 0 || full_); }

  /// Where input is to be put; only when none is left. took() tells how much came.
  std::span<std::byte> space() { return input_; }
  void took(std::size_t bytes) {
    zlib_.next_in = zlib_bytes(input_.data());
    zlib_.avail_in = static_cast<uInt>(bytes);
  }

  Result<std::size_t> expand(std::span<std::byte> into) {
    zlib_.next_out = zlib_bytes(into.data());
    zlib_.avail_out = static_cast<uInt>(into.size());
    const int code = ::inflate(&zlib_, Z_NO_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
      return fail(ErrorKind::kProtocol, "what should be compressed data is none");
    }
    over_ = code == Z_STREAM_END;
    full_ = zlib_.avail_out == 0;
    return into.size() - zlib_.avail_out;
  }

 private:
  z_stream zlib_{};
  std::array<std::byte, kBuffer> input_;
  bool full_ = false;  ///< the last output took all its space
  bool over_ = false;
};

/// What is to go, compressed, until it went.
class Deflater {
 public:
  Deflater() {
    if (::deflateInit(&zlib_, Z_DEFAULT_COMPRESSION) != Z_OK) throw std::bad_alloc();
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() { ::deflateEnd(&zlib_); }

  [[nodiscard]] bool begun() const { return zlib_.total_in > 0; }
  [[nodiscard]] bool over() const { return over_; }
  [[nodiscard]] std::span<const std::byte> pending() const { return pending_; }
  void sent(std::size_t bytes) { pending_ = pending_.subspan(bytes); }

  /// Only when nothing is pending. Returns how much of `from` is done with.
  std::size_t compress(std::span<const std::byte> from, bool finish) {
    zlib_.next_in = zlib_bytes(from.data());
    zlib_.avail_in = static_cast<uInt>(from.size());
    zlib_.next_out = zlib_bytes(output_.data());
    zlib_.avail_out = static_cast<uInt>(output_.size());
    over_ = ::deflate(&zlib_, finish ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_END;
    pending_ = std::span<const std::byte>(output_).first(output_.size() - zlib_.avail_out);
    return from.size() - zlib_.avail_in;
  }

 private:
  z_stream zlib_{};
  std::array<std::byte, kBuffer> output_;
  std::span<const std::byte> pending_;
  bool over_ = false;
};

class DeflatedStream final : public Stream {
 public:
  explicit DeflatedStream(std::unique_ptr<Stream> inner) : inner_(std::move(inner)) {}

  Result<Progress> try_read(std::span<std::byte> into) override {
    for (;;) {
      if (in_.holds_data()) {
        FTPSFS_TRY_ASSIGN(const std::size_t bytes, in_.expand(into));
        if (bytes > 0) return Progress{bytes, Want::kNothing, false};
        continue;
      }
      FTPSFS_TRY_ASSIGN(const Progress progress, inner_->try_read(in_.space()));
      if (progress.bytes == 0 && !progress.end) return progress;
      if (progress.end && in_.begun() && !in_.over()) {
        return fail(ErrorKind::kConnectionLost, "compressed data broke off");
      }
      if (progress.end) return progress;
      if (in_.over()) return fail(ErrorKind::kProtocol, "more bytes behind the end of compressed data");
      in_.took(progress.bytes);
    }
  }

  Result<Progress> try_write(std::span<const std::byte> from) override {
    FTPSFS_TRY_ASSIGN(const Want want, send_pending());
    if (want != Want::kNothing) return Progress{0, want, false};
    const std::size_t bytes = out_.compress(from, false);
    return Progress{bytes, Want::kNothing, false};
  }

  Result<Want> try_shutdown() override {
    while (out_.begun()) {
      FTPSFS_TRY_ASSIGN(const Want want, send_pending());
      if (want != Want::kNothing) return want;
      if (out_.over()) break;
      out_.compress({}, true);
    }
    return inner_->try_shutdown();
  }

  [[nodiscard]] int fd() const override { return inner_->fd(); }
  [[nodiscard]] bool has_buffered() const override { return in_.holds_data() || inner_->has_buffered(); }

 private:
  Result<Want> send_pending() {
    while (!out_.pending().empty()) {
      FTPSFS_TRY_ASSIGN(const Progress progress, inner_->try_write(out_.pending()));
      if (progress.want != Want::kNothing) return progress.want;
      out_.sent(progress.bytes);
    }
    return Want::kNothing;
  }

  std::unique_ptr<Stream> inner_;
  Inflater in_;
  Deflater out_;
};

}  // namespace

std::unique_ptr<Stream> deflated(std::unique_ptr<Stream> inner) {
  return std::make_unique<DeflatedStream>(std::move(inner));
}

}  // namespace ftpsfs::net
