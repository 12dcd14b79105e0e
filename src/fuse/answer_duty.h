// AnswerDuty: a request of the kernel's is answered exactly once.
#pragma once

#include <cerrno>
#include <utility>

namespace ftpsfs::fuse {

/// The duty to answer one request. Moves with whoever will answer; destroyed with the request still in it, it answers
/// EIO, so that no caller waits for ever for a reply that got lost.
template <typename Request, int (*reply_error)(Request*, int)>
class AnswerDuty {
 public:
  explicit AnswerDuty(Request* request) : request_(request) {}
  AnswerDuty(AnswerDuty&& other) noexcept : request_(other.take()) {}
  AnswerDuty& operator=(AnswerDuty&&) = delete;
  ~AnswerDuty() {
    if (request_ != nullptr) reply_error(request_, EIO);
  }

  /// The request, to look at; null once taken.
  [[nodiscard]] Request* request() const { return request_; }
  /// The request, to answer: the duty is the caller's now.
  [[nodiscard]] Request* take() { return std::exchange(request_, nullptr); }

 private:
  Request* request_;
};

}  // namespace ftpsfs::fuse
