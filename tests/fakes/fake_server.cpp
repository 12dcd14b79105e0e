// FakeServer: the listener, the connections it admits, and their end.
#include "fakes/fake_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <utility>

#include "fakes/fake_connection.h"

namespace ftpsfs::test {
namespace {

std::string write_temporary_file(const std::string& text) {
  std::string path = (std::filesystem::temp_directory_path() / "ftpsfs-fake-ca-XXXXXX").string();
  const Socket file(::mkstemp(path.data()));
  const bool written = file.valid() && ::write(file.fd(), text.data(), text.size()) == std::ssize(text);
  if (!written) throw std::runtime_error("fake server: cannot write " + path);
  return path;
}

/// Loopback with `port` (0: any).
sockaddr_storage loopback(bool ipv6, std::uint16_t port, socklen_t& length) {
  sockaddr_storage address{};
  if (ipv6) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
    v6.sin6_family = AF_INET6;
    v6.sin6_addr = in6addr_loopback;
    v6.sin6_port = htons(port);
    length = sizeof v6;
  } else {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address);
    v4.sin_family = AF_INET;
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    v4.sin_port = htons(port);
    length = sizeof v4;
  }
  return address;
}

/// Like the server's own, and no less trusted where an issuer is named.
std::optional<fakes::TestCertificate> strangers_certificate(const fakes::CertificateSpec& spec,
                                                            const FakeDialect& dialect) {
  if (!dialect.man_in_the_middle) return std::nullopt;
  return fakes::make_certificate(spec);
}

}  // namespace

FakeServer::FakeServer(FakeDialect dialect, const fakes::CertificateSpec& certificate)
    : certificate_(fakes::make_certificate(certificate)),
      ca_file_(write_temporary_file(certificate_.certificate_pem)),
      ipv6_(dialect.ipv6),
      world_(std::make_unique<FakeWorld>(certificate_, strangers_certificate(certificate, dialect), dialect)),
      dialect_(std::move(dialect)) {
  world_->break_line = [this] { disconnect_all(); };
  resume_accepting();
}

FakeServer::~FakeServer() {
  stop_accepting();
  std::list<std::unique_ptr<FakeConnection>> leaving;
  {
    std::lock_guard lock(mutex_);
    leaving.swap(live_);
  }
  for (const auto& connection : leaving) connection->interrupt();
  leaving.clear();
  std::error_code ignored;
  std::filesystem::remove(ca_file_, ignored);
}

std::string FakeServer::host() const { return ipv6_ ? "::1" : "127.0.0.1"; }
const std::string& FakeServer::user() const { return world_->user; }
const std::string& FakeServer::password() const { return world_->password; }
FakeTree& FakeServer::tree() { return world_->tree; }
const FakeTree& FakeServer::tree() const { return world_->tree; }

void FakeServer::set_dialect(FakeDialect dialect) {
  std::lock_guard lock(mutex_);
  dialect_ = std::move(dialect);
}

std::vector<FakeCommand> FakeServer::commands() const { return world_->journal.commands(); }
int FakeServer::count(std::string_view verb) const { return world_->journal.count(verb); }
int FakeServer::connections() const { return world_->journal.connections; }
int FakeServer::open_connections() const { return world_->open_connections; }
int FakeServer::logins() const { return world_->journal.logins; }
int FakeServer::data_connections() const { return world_->journal.data_connections; }
int FakeServer::resumed_data_connections() const { return world_->journal.resumed_data_connections; }
int FakeServer::client_hellos() const { return world_->tls.client_hellos(); }
void FakeServer::forget_tls_sessions() { world_->tls.forget_sessions(); }
int FakeServer::round_trips() const { return world_->journal.round_trips; }
std::size_t FakeServer::longest_record() const { return world_->journal.longest_record; }
void FakeServer::forget_history() { world_->journal.forget(); }

int FakeServer::on(std::string verb, Fault fault) { return world_->faults.add(std::move(verb), std::move(fault)); }
int FakeServer::hits(int fault_id) const { return world_->faults.hits(fault_id); }
void FakeServer::clear_faults() { world_->faults.clear(); }
void FakeServer::release_stalls() { ++world_->stall_releases; }

void FakeServer::disconnect_all() {
  std::lock_guard lock(mutex_);
  for (const auto& connection : live_) connection->interrupt();
}

void FakeServer::time_out_idle() {
  std::lock_guard lock(mutex_);
  for (const auto& connection : live_) connection->time_out_if_idle();
}

void FakeServer::resume_accepting() {
  std::lock_guard lock(listener_mutex_);
  if (accept_thread_.joinable()) return;
  listen();
  listener_stop_ = std::make_unique<Interrupt>();
  accept_thread_ = std::thread([this] { accept_loop(); });
}

void FakeServer::stop_accepting() {
  std::lock_guard lock(listener_mutex_);
  if (!accept_thread_.joinable()) return;
  listener_stop_->raise();
  accept_thread_.join();
  listener_.reset();
}

void FakeServer::listen() {
  socklen_t length = 0;
  sockaddr_storage address = loopback(ipv6_, port_, length);
  auto* const name = reinterpret_cast<sockaddr*>(&address);
  Socket socket(::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket.fd(), name, length) != 0 || ::listen(socket.fd(), 64) != 0 ||
      ::getsockname(socket.fd(), name, &length) != 0) {
    throw std::runtime_error("fake server: cannot listen on loopback");
  }
  port_ = ntohs(ipv6_ ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                      : reinterpret_cast<sockaddr_in&>(address).sin_port);
  listener_ = std::make_unique<Socket>(std::move(socket));
}

void FakeServer::accept_loop() {
  for (;;) {
    std::array<pollfd, 2> watched{pollfd{listener_stop_->fd(), POLLIN, 0}, pollfd{listener_->fd(), POLLIN, 0}};
    ::poll(watched.data(), watched.size(), -1);
    if (watched[0].revents != 0) return;
    Socket socket(::accept4(listener_->fd(), nullptr, nullptr, SOCK_CLOEXEC));
    if (socket.valid()) admit(std::move(socket));
  }
}

void FakeServer::admit(Socket socket) {
  std::lock_guard lock(mutex_);
  live_.remove_if([](const auto& connection) { return connection->finished(); });
  live_.push_back(std::make_unique<FakeConnection>(*world_, dialect_, ++last_number_, std::move(socket)));
}

}  // namespace ftpsfs::test
