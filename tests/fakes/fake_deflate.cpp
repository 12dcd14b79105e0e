#include "fakes/fake_deflate.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <utility>

namespace ftpsfs::test {
namespace {

constexpr std::size_t kChunk = 64 * 1024;

Bytef* zlib_bytes(const char* bytes) { return reinterpret_cast<Bytef*>(const_cast<char*>(bytes)); }

struct DeflateEnd {
  void operator()(z_stream* zlib) const {
    ::deflateEnd(zlib);
    delete zlib;
  }
};

}  // namespace

std::function<std::string(std::size_t)> deflating(std::function<std::string(std::size_t)> source) {
  const std::shared_ptr<z_stream> zlib(new z_stream{}, DeflateEnd());
  ::deflateInit(zlib.get(), Z_DEFAULT_COMPRESSION);
  const auto over = std::make_shared<bool>(false);
  return [source = std::move(source), zlib, over](std::size_t max_bytes) {
    std::string out;
    while (out.empty() && !*over) {
      const std::string in = source(kChunk);
      zlib->next_in = zlib_bytes(in.data());
      zlib->avail_in = static_cast<uInt>(in.size());
      out.resize(std::max<std::size_t>(max_bytes, ::compressBound(kChunk)));
      zlib->next_out = zlib_bytes(out.data());
      zlib->avail_out = static_cast<uInt>(out.size());
      *over = ::deflate(zlib.get(), in.empty() ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_END;
      out.resize(out.size() - zlib->avail_out);
    }
    return out;
  };
}

Inflating::Inflating(std::function<void(std::string_view)> sink)
    : sink_(std::move(sink)), zlib_(std::make_unique<z_stream>()) {
  *zlib_ = {};
  ::inflateInit(zlib_.get());
}

Inflating::~Inflating() { ::inflateEnd(zlib_.get()); }

void Inflating::operator()(std::string_view bytes) {
  untouched_ = untouched_ && bytes.empty();
  zlib_->next_in = zlib_bytes(bytes.data());
  zlib_->avail_in = static_cast<uInt>(bytes.size());
  std::array<char, kChunk> out{};
  for (int code = Z_OK; code == Z_OK;) {
    zlib_->next_out = zlib_bytes(out.data());
    zlib_->avail_out = static_cast<uInt>(out.size());
    code = ::inflate(zlib_.get(), Z_NO_FLUSH);
    over_ = over_ || code == Z_STREAM_END;
    sink_(std::string_view(out.data(), out.size() - zlib_->avail_out));
  }
}

}  // namespace ftpsfs::test
