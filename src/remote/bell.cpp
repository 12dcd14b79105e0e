#include "remote/bell.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace ftpsfs::remote {

Bell::Bell() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!fd_.valid()) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Bell::ring() const {
  const eventfd_t one = 1;
  [[maybe_unused]] const int rung = ::eventfd_write(fd_.get(), one);
}

void Bell::silence() const {
  eventfd_t count = 0;
  [[maybe_unused]] const int silenced = ::eventfd_read(fd_.get(), &count);
}

}  // namespace ftpsfs::remote
