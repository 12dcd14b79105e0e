// FakeConnection's verbs that ask for a data channel (RFC 959, RFC 2428) and those that use it.
#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <utility>

#include "fakes/fake_connection.h"
#include "fakes/fake_listing.h"
#include "fakes/fake_text.h"

namespace ftpsfs::test {
namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\r\n";
  return text;
}

bool option_all(const std::string& argument) {
  const std::string_view options = argument.starts_with('-') ? first_word(argument) : std::string_view();
  return options.find('a') != std::string_view::npos || options.find('A') != std::string_view::npos;
}

/// LF to CRLF and back: what TYPE A does to a file (RFC 959 section 3.1.1.1).
std::string to_network_ascii(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    if (c == '\n') text += '\r';
    text += c;
  }
  return text;
}

std::string from_network_ascii(std::string_view bytes) {
  std::string text(bytes);
  std::erase(text, '\r');
  return text;
}

}  // namespace

std::optional<std::uint16_t> FakeConnection::listen_for_data() {
  forget_data_channel();
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(control_.fd(), reinterpret_cast<sockaddr*>(&address), &length) != 0) return std::nullopt;
  auto& port = address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<sockaddr_in&>(address).sin_port;
  port = 0;
  Socket listener(::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (::bind(listener.fd(), reinterpret_cast<sockaddr*>(&address), length) != 0 || ::listen(listener.fd(), 1) != 0 ||
      ::getsockname(listener.fd(), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return std::nullopt;
  }
  passive_ = std::move(listener);
  return ntohs(port);
}

void FakeConnection::do_epsv(const std::string& argument) {
  if (!dialect_.epsv) return reply("500 Unknown command");
  if (upper(argument) == "ALL") return reply("200 EPSV ALL ok");
  const std::string own_family = dialect_.ipv6 ? "2" : "1";
  if (!argument.empty() && argument != own_family) {
    return reply("522 Network protocol not supported, use (" + own_family + ")");
  }
  if (dialect_.pret_required && !std::exchange(pret_, false)) return reply(dialect_.pret_refusal);
  const std::optional<std::uint16_t> port = listen_for_data();
  if (!port) return reply("425 Cannot listen");
  reply("229 Entering Extended Passive Mode (|||" + std::to_string(*port) + "|)");
}

void FakeConnection::do_pasv(const std::string& /*argument*/) {
  if (!dialect_.pasv) return reply("500 Unknown command");
  if (dialect_.ipv6) return reply("425 PASV is for IPv4, use EPSV");
  if (dialect_.pret_required && !std::exchange(pret_, false)) return reply(dialect_.pret_refusal);
  const std::optional<std::uint16_t> port = listen_for_data();
  if (!port) return reply("425 Cannot listen");
  std::string host = dialect_.pasv_address.empty() ? "127.0.0.1" : dialect_.pasv_address;
  std::replace(host.begin(), host.end(), '.', ',');
  reply("227 Entering Passive Mode (" + host + "," + std::to_string(*port / 256) + "," + std::to_string(*port % 256) +
        ").");
}

void FakeConnection::do_eprt(const std::string& argument) {
  if (!dialect_.epsv) return reply("500 Unknown command");
  // "|1|127.0.0.1|6446|": four delimiters, whatever character they are.
  std::vector<std::string> fields(1);
  for (const char c : argument) {
    if (c == argument.front()) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  const std::optional<std::uint64_t> port = fields.size() == 5 ? to_number(fields[3]) : std::nullopt;
  forget_data_channel();
  auto& v4 = reinterpret_cast<sockaddr_in&>(active_);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(active_);
  if (port && fields[1] == "1" && ::inet_pton(AF_INET, fields[2].c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(static_cast<std::uint16_t>(*port));
  } else if (port && fields[1] == "2" && ::inet_pton(AF_INET6, fields[2].c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(static_cast<std::uint16_t>(*port));
  } else {
    return reply("501 EPRT argument not understood");
  }
  reply("200 EPRT ok");
}

void FakeConnection::do_port(const std::string& argument) {
  std::vector<std::uint8_t> numbers;
  std::string rest = argument + ",";
  for (std::size_t end = rest.find(','); end != std::string::npos; end = rest.find(',')) {
    const std::optional<std::uint64_t> number = to_number(rest.substr(0, end));
    if (!number || *number > 255) break;
    numbers.push_back(static_cast<std::uint8_t>(*number));
    rest.erase(0, end + 1);
  }
  if (numbers.size() != 6 || !rest.empty()) return reply("501 PORT argument not understood");
  forget_data_channel();
  auto& v4 = reinterpret_cast<sockaddr_in&>(active_);
  v4.sin_family = AF_INET;
  std::copy_n(numbers.begin(), 4, reinterpret_cast<std::uint8_t*>(&v4.sin_addr));
  v4.sin_port = htons(static_cast<std::uint16_t>(numbers[4] * 256 + numbers[5]));
  reply("200 PORT ok");
}

void FakeConnection::do_pret(const std::string& argument) {
  if (!dialect_.pret_required) return reply("500 Unknown command");
  const std::string path = fault_path(upper(first_word(argument)), std::string(after_first_word(argument)));
  if (upper(first_word(argument)) == "RETR" && !world_.tree.exists(path)) return refuse(TreeError::kMissing, path);
  pret_ = true;
  reply("200 PRET ok");
}

void FakeConnection::do_rest(const std::string& argument) {
  if (!dialect_.rest) return reply("502 REST not implemented");
  const std::optional<std::uint64_t> offset = to_number(argument);
  if (!offset) return reply("501 REST wants a number");
  restart_ = *offset;
  reply("350 Restarting at " + argument);
}

void FakeConnection::do_rang(const std::string& argument) {
  if (!dialect_.rang) return reply("500 Unknown command");
  const std::optional<std::uint64_t> first = to_number(first_word(argument));
  const std::optional<std::uint64_t> last = to_number(after_first_word(argument));
  if (!first || !last) return reply("501 RANG wants two numbers");
  range_end_.reset();
  restart_ = 0;
  if (*last < *first) return reply("350 Range reset");
  restart_ = *first;
  range_end_ = *last + 1;
  reply("350 Range set");
}

void FakeConnection::do_retr(const std::string& argument) {
  std::uint64_t offset = std::exchange(restart_, 0);
  const std::uint64_t end = std::exchange(range_end_, std::nullopt).value_or(UINT64_MAX);
  FakeTree::OpenFile file;
  const TreeError error = world_.tree.open(resolve(argument), file);
  if (error != TreeError::kNone) {
    forget_data_channel();
    return refuse(error, argument);
  }
  const std::string opening =
      "150 Opening data connection for " + argument + " (" + std::to_string(world_.tree.size(file)) + " bytes)";
  send_data(opening, "226 Transfer complete", [&](std::size_t max_bytes) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(max_bytes, end - std::min(offset, end)));
    const std::string bytes = world_.tree.read(file, offset, wanted);
    offset += bytes.size();
    return ascii_ ? to_network_ascii(bytes) : bytes;
  });
}

void FakeConnection::do_stor(const std::string& argument) {
  const std::uint64_t offset = std::exchange(restart_, 0);
  if (offset > 0 && !dialect_.rest_stor) {
    forget_data_channel();
    return reply("501 REST before STOR not supported");
  }
  store(argument, offset, offset == 0 || dialect_.rest_stor_cuts);
}

void FakeConnection::do_appe(const std::string& argument) {
  restart_ = 0;
  if (!dialect_.appe) {
    forget_data_channel();
    return reply("502 APPE not implemented");
  }
  const std::optional<FakeNode> node = world_.tree.stat(resolve(argument));
  store(argument, node ? node->size : 0, false);
}

void FakeConnection::store(const std::string& argument, std::uint64_t offset, bool cut) {
  if (!passive_.valid() && active_.ss_family == 0) return reply("425 Use EPSV or PASV first");
  FakeTree::OpenFile file;
  const TreeError error = world_.tree.create(resolve(argument), file);
  if (error != TreeError::kNone) {
    forget_data_channel();
    return refuse(error, argument);
  }
  if (cut) world_.tree.truncate(file, std::min(offset, world_.tree.size(file)));
  const std::string done = std::to_string(dialect_.stor_ok_code) + " Transfer complete";
  receive_data("150 Ok to send data", done, [&](std::string_view bytes) {
    const std::string text = ascii_ ? from_network_ascii(bytes) : std::string(bytes);
    world_.tree.write(file, offset, text);
    offset += text.size();
  });
}

void FakeConnection::send_listing(const std::string& text) {
  const std::string listing = encoded(text);
  std::size_t sent = 0;
  send_data("150 Here comes the directory listing", "226 Directory send OK", [&](std::size_t max_bytes) {
    const std::string bytes = listing.substr(sent, max_bytes);
    sent += bytes.size();
    return bytes;
  });
}

void FakeConnection::do_list(const std::string& argument) {
  const std::string path = fault_path("LIST", argument);
  if (!world_.tree.exists(path) && !dialect_.missing_list_is_empty) {
    forget_data_channel();
    return refuse(TreeError::kMissing, path);
  }
  send_listing(joined(FakeListing(world_.tree, dialect_, facts_).long_lines(path, option_all(argument))));
}

void FakeConnection::do_nlst(const std::string& argument) {
  const std::string path = fault_path("NLST", argument);
  send_listing(joined(FakeListing(world_.tree, dialect_, facts_).name_lines(path, option_all(argument))));
}

void FakeConnection::do_mlsd(const std::string& argument) {
  if (!dialect_.mlsd) {
    forget_data_channel();
    return reply("500 Unknown command");
  }
  const std::string path = resolve(argument);
  const std::optional<FakeNode> node = world_.tree.stat(path);
  const bool missing_is_empty = !node && dialect_.missing_list_is_empty;
  if (!missing_is_empty && (!node || node->type != FakeType::kDirectory)) {
    forget_data_channel();
    return refuse(node ? TreeError::kNotDirectory : TreeError::kMissing, argument);
  }
  send_listing(joined(FakeListing(world_.tree, dialect_, facts_).fact_lines(path)));
}

void FakeConnection::do_abor(const std::string& /*argument*/) {
  forget_data_channel();
  reply("225 No transfer to abort");
}

}  // namespace ftpsfs::test
