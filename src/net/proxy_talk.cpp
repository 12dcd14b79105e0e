// SOCKS5 (RFC 1928, RFC 1929) and HTTP's CONNECT (RFC 9110 section 9.3.6, RFC 7617).
#include "net/proxy_talk.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <vector>

namespace ftpsfs::net {
namespace {

constexpr std::size_t kLongestField = 255;  ///< of SOCKS: one byte tells the length
constexpr std::size_t kLongestHead = 16 * 1024;

constexpr char kSocks = 5;
constexpr char kNoLogin = 0;
constexpr char kLoginByPassword = 2;

std::uint8_t byte_of(char c) { return static_cast<std::uint8_t>(c); }

/// Its length in one byte, and the text.
std::string counted(std::string_view text) { return static_cast<char>(text.size()) + std::string(text); }

/// The type of an address and the address, as RFC 1928 section 5 has them.
std::string socks_address(const std::string& host) {
  std::array<char, sizeof(in6_addr)> bytes{};
  if (::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1) return '\x01' + std::string(bytes.data(), sizeof(in_addr));
  if (::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1) return '\x04' + std::string(bytes.data(), bytes.size());
  return '\x03' + counted(host);
}

Error forbidden(std::string words) {
  const Error error{ErrorKind::kPermission, std::move(words)};
  return error.with_remedy("whoever runs the proxy can allow connections to the ports of the server");
}

Error wrong_login(std::string words) {
  const Error error{ErrorKind::kPermission, std::move(words)};
  return error.with_remedy("-o proxy= names the user, and proxy_password= in the file of -o credentials= the password");
}

/// RFC 1928 section 6.
Error socks_refusal(char code) {
  switch (code) {
    case 2:
      return forbidden("the proxy's rules forbid this connection");
    case 3:
      return {ErrorKind::kConnectionLost, "the proxy cannot reach the server's network"};
    case 4:
      return {ErrorKind::kConnectionLost, "the proxy cannot reach the server, or does not know its name"};
    case 5:
      return {ErrorKind::kConnectionRefused, "the server refused the proxy's connection"};
    default:
      return {ErrorKind::kConnectionLost,
              "the proxy cannot connect to the server (SOCKS code " + std::to_string(byte_of(code)) + ")"};
  }
}

class SocksTalk final : public ProxyTalk {
 public:
  SocksTalk(const ProxyOptions& proxy, const std::string& host, std::uint16_t port) {
    request_ = std::string("\x05\x01\x00", 3) + socks_address(host);
    request_ += static_cast<char>(port >> 8);
    request_ += static_cast<char>(port & 0xff);
    if (!proxy.user.empty()) login_ = '\x01' + counted(proxy.user) + counted(proxy.password);
  }

  [[nodiscard]] Turn begin() override {
    std::string methods(1, kNoLogin);
    if (!login_.empty()) methods += kLoginByPassword;
    return {kSocks + counted(methods), 2};
  }

  Result<Turn> answer(std::string_view heard) override {
    switch (step_) {
      case Step::kMethod:
        return after_method(heard);
      case Step::kLogin:
        if (heard[1] != 0) return fail(wrong_login("the proxy refuses the user name or the password"));
        return ask();
      case Step::kRequest:
        return after_request(heard);
    }
    return Turn{};
  }

 private:
  enum class Step { kMethod, kLogin, kRequest };
  static constexpr std::size_t kReplyStart = 5;  ///< up to the byte that may tell the address's length

  Turn ask() {
    step_ = Step::kRequest;
    return {request_, kReplyStart};
  }

  Result<Turn> after_method(std::string_view heard) {
    if (heard[0] != kSocks) return fail(ErrorKind::kProtocol, "no SOCKS5 is spoken there");
    if (heard[1] == kNoLogin) return ask();
    if (heard[1] != kLoginByPassword || login_.empty()) {
      return fail(wrong_login("the proxy wants a login of another kind than it was offered"));
    }
    step_ = Step::kLogin;
    return Turn{login_, 2};
  }

  Result<Turn> after_request(std::string_view heard) {
    if (heard[0] != kSocks) return fail(ErrorKind::kProtocol, "no SOCKS5 is spoken there");
    if (heard[1] != 0) return fail(socks_refusal(heard[1]));
    std::size_t address = sizeof(in_addr);
    if (heard[3] == 3) address = 1 + byte_of(heard[4]);
    if (heard[3] == 4) address = sizeof(in6_addr);
    const std::size_t whole = 4 + address + sizeof(in_port_t);
    return Turn{{}, whole - heard.size()};
  }

  std::string request_;
  std::string login_;  ///< empty: none
  Step step_ = Step::kMethod;
};

std::string base64(std::string_view text) {
  std::vector<unsigned char> encoded(4 * (text.size() / 3 + 1) + 1);
  const int length = EVP_EncodeBlock(encoded.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  return {encoded.begin(), encoded.begin() + length};
}

/// Reads byte by byte: what follows the head is the server's.
class ConnectTalk final : public ProxyTalk {
 public:
  ConnectTalk(const ProxyOptions& proxy, const std::string& host, std::uint16_t port) {
    const bool is_ipv6 = host.find(':') != std::string::npos;
    const std::string target = (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
    request_ = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
    if (!proxy.user.empty()) {
      request_ += "Proxy-Authorization: Basic " + base64(proxy.user + ":" + proxy.password) + "\r\n";
    }
    request_ += "\r\n";
  }

  [[nodiscard]] Turn begin() override { return {request_, 1}; }

  Result<Turn> answer(std::string_view heard) override {
    constexpr std::string_view kStart = "HTTP/";
    const bool odd = heard.substr(0, kStart.size()) != kStart.substr(0, heard.size());
    if (odd || heard.size() > kLongestHead) return fail(ErrorKind::kProtocol, "no HTTP is spoken there");
    if (!heard.ends_with("\r\n\r\n") && !heard.ends_with("\n\n")) return Turn{{}, 1};
    const std::string_view status = heard.substr(0, heard.find_first_of("\r\n"));
    if (code_of(status) / 100 == 2) return Turn{};
    return fail(refusal(status));
  }

 private:
  /// "HTTP/1.1 200 Connection established"; 0 when there is none.
  static int code_of(std::string_view status) {
    int code = 0;
    const std::string_view behind = status.substr(std::min(status.find(' '), status.size() - 1) + 1);
    std::from_chars(behind.data(), behind.data() + behind.size(), code);
    return code;
  }

  static Error refusal(std::string_view status) {
    const int code = code_of(status);
    const std::string words(status);
    if (code == 407) return wrong_login("the proxy wants another user name or password: " + words);
    if (code >= 400 && code < 500) return forbidden("the proxy refuses this connection: " + words);
    return {ErrorKind::kConnectionLost, "the proxy cannot connect to the server: " + words};
  }

  std::string request_;
};

}  // namespace

Result<std::unique_ptr<ProxyTalk>> talk_to_proxy(const ProxyOptions& proxy, const std::string& host,
                                                 std::uint16_t port) {
  if (proxy.kind == ProxyOptions::Kind::kHttp) return std::make_unique<ConnectTalk>(proxy, host, port);
  if (host.size() > kLongestField || proxy.user.size() > kLongestField || proxy.password.size() > kLongestField) {
    return fail(ErrorKind::kInvalid, "a host, user name or password longer than SOCKS5 allows");
  }
  return std::make_unique<SocksTalk>(proxy, host, port);
}

}  // namespace ftpsfs::net
