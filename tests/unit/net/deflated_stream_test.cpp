// Streams whose bytes are compressed on the way.
#include "ftpsfs/net/deflated_stream.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <array>
#include <thread>

#include "unit/net/loopback.h"

namespace ftpsfs::net {
namespace {

using test::bytes_of;
using test::Connection;
using test::within;

std::string sample(std::size_t size) {
  std::string text;
  while (text.size() < size) text += "line " + std::to_string(text.size() * 2654435761U) + " of a text\n";
  text.resize(size);
  return text;
}

/// To the end.
Result<std::string> read_all(Stream& stream, std::size_t chunk_size = 10'000) {
  std::string all;
  std::string chunk(chunk_size, '\0');
  for (;;) {
    FTPSFS_TRY_ASSIGN(const std::size_t count, read_some(stream, std::as_writable_bytes(std::span(chunk)), within()));
    if (count == 0) return all;
    all.append(chunk, 0, count);
  }
}

std::string read_raw(int fd) {
  std::string all;
  std::array<char, 4096> chunk{};
  for (ssize_t count = 0; (count = ::recv(fd, chunk.data(), chunk.size(), 0)) > 0;) all.append(chunk.data(), count);
  return all;
}

std::string compressed(const std::string& text) {
  std::string out(::compressBound(text.size()), '\0');
  uLongf length = out.size();
  ::compress(reinterpret_cast<Bytef*>(out.data()), &length, reinterpret_cast<const Bytef*>(text.data()), text.size());
  out.resize(length);
  return out;
}

struct Pair {
  Connection connection;
  std::unique_ptr<Stream> ours = deflated(plain_stream(std::move(connection.ours)));
};

Status end(Stream& stream) {
  for (;;) {
    FTPSFS_TRY_ASSIGN(const Want want, stream.try_shutdown());
    if (want == Want::kNothing) return {};
    FTPSFS_TRY(wait_for(stream.fd(), want, within()));
  }
}

TEST(DeflatedStream, WhatIsWrittenIsZlibAndFewerBytes) {
  const std::string text = sample(2'000'000);
  Pair pair;
  std::string wire;
  std::thread reader([&] { wire = read_raw(pair.connection.theirs.get()); });
  ASSERT_TRUE(write_all(*pair.ours, bytes_of(text), within()));
  ASSERT_TRUE(end(*pair.ours));
  reader.join();
  EXPECT_LT(wire.size(), text.size() / 2);
  std::string back(text.size() + 1, '\0');
  uLongf length = back.size();
  ASSERT_EQ(::uncompress(reinterpret_cast<Bytef*>(back.data()), &length, reinterpret_cast<const Bytef*>(wire.data()),
                         wire.size()),
            Z_OK);
  back.resize(length);
  EXPECT_EQ(back, text);
}

TEST(DeflatedStream, ReadsWhatZlibMadeInPiecesOfAnySize) {
  const std::string text = sample(300'000);
  const std::string wire = compressed(text);
  for (const std::size_t chunk : {1U, 7U, 400'000U}) {
    Pair pair;
    std::thread writer([&] {
      for (std::size_t at = 0; at < wire.size(); at += 1000) {
        const std::string piece = wire.substr(at, 1000);
        ASSERT_EQ(::send(pair.connection.theirs.get(), piece.data(), piece.size(), 0), std::ssize(piece));
      }
      pair.connection.theirs.reset();
    });
    EXPECT_EQ(read_all(*pair.ours, chunk).value_or("failed"), text);
    writer.join();
  }
}

TEST(DeflatedStream, NothingAtAllIsAnEmptyFile) {
  Pair pair;
  ASSERT_TRUE(end(*pair.ours));
  EXPECT_EQ(read_raw(pair.connection.theirs.get()), "");
  pair.connection.theirs.reset();
  EXPECT_EQ(read_all(*pair.ours).value_or("failed"), "");
}

TEST(DeflatedStream, DataThatBreaksOffIsNotTakenForComplete) {
  Pair pair;
  const std::string wire = compressed(sample(100'000));
  ASSERT_EQ(::send(pair.connection.theirs.get(), wire.data(), wire.size() - 1, 0), std::ssize(wire) - 1);
  pair.connection.theirs.reset();
  const auto all = read_all(*pair.ours);
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().kind, ErrorKind::kConnectionLost);
}

TEST(DeflatedStream, WhatIsNotCompressedIsAnError) {
  Pair pair;
  ASSERT_GT(::send(pair.connection.theirs.get(), "plain text", 10, 0), 0);
  const auto all = read_all(*pair.ours);
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().kind, ErrorKind::kProtocol);
}

TEST(DeflatedStream, SaysWhatItHolds) {
  Pair pair;
  EXPECT_FALSE(pair.ours->has_buffered());
  const std::string wire = compressed(std::string(1000, 'x'));
  ASSERT_EQ(::send(pair.connection.theirs.get(), wire.data(), wire.size(), 0), std::ssize(wire));
  std::array<std::byte, 10> some{};
  ASSERT_EQ(read_some(*pair.ours, some, within()).value_or(0), some.size());
  EXPECT_TRUE(pair.ours->has_buffered());
}

}  // namespace
}  // namespace ftpsfs::net
