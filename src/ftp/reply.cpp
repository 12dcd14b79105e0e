// Reply and ReplyParser: lines of the control connection assembled into replies (RFC 959 section 4.2).
#include "ftpsfs/ftp/reply.h"

#include <algorithm>
#include <utility>

#include "ftpsfs/ftp/ascii.h"

namespace ftpsfs::ftp {
namespace {

constexpr std::size_t kCodeDigits = 3;

/// The code a line begins with: three digits, 100 to 599, then a space, a hyphen or the end of the line.
std::optional<int> leading_code(std::string_view line) {
  if (line.size() < kCodeDigits) return std::nullopt;
  if (line.size() > kCodeDigits && line[kCodeDigits] != ' ' && line[kCodeDigits] != '-') return std::nullopt;
  const auto code = parse_number<unsigned>(line.substr(0, kCodeDigits));
  if (!code || *code < 100 || *code > 599) return std::nullopt;
  return static_cast<int>(*code);
}

bool more_lines_follow(std::string_view line) { return line.size() > kCodeDigits && line[kCodeDigits] == '-'; }

std::string_view text_after_code(std::string_view line) { return line.substr(std::min(kCodeDigits + 1, line.size())); }

}  // namespace

std::string Reply::text() const {
  std::string joined;
  for (const std::string& line : lines) {
    if (!joined.empty()) joined += "; ";
    joined += line;
  }
  return joined;
}

Status ReplyParser::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t line_feed = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, line_feed);
    if (open_bytes_ + partial_line_.size() + piece.size() >= limit_) {
      return fail(ErrorKind::kProtocol, "the server's reply is longer than " + std::to_string(limit_ / 1024) + " KiB");
    }
    partial_line_ += piece;
    if (line_feed == std::string_view::npos) break;
    bytes.remove_prefix(line_feed + 1);

    std::string line = std::exchange(partial_line_, {});
    open_bytes_ += line.size() + 1;
    if (line.ends_with('\r')) line.pop_back();
    FTPSFS_TRY(take_line(line));
  }
  return {};
}

Status ReplyParser::take_line(std::string_view line) {
  const std::optional<int> code = leading_code(line);
  if (open_) {
    const bool own_code = code == open_->code;
    open_->lines.emplace_back(own_code ? text_after_code(line) : line);
    if (own_code && !more_lines_follow(line)) return complete();
    return {};
  }
  if (line.empty()) {
    open_bytes_ = 0;
    return {};
  }
  if (!code) return fail(ErrorKind::kProtocol, "not an FTP reply: \"" + printable_text(line) + "\"");
  open_ = Reply{*code, {std::string(text_after_code(line))}};
  if (!more_lines_follow(line)) return complete();
  return {};
}

Status ReplyParser::complete() {
  if (complete_.size() >= kMaxUnreadReplies) {
    return fail(ErrorKind::kProtocol, "the server sends replies to commands it was never given");
  }
  complete_.push_back(std::move(*open_));
  open_.reset();
  open_bytes_ = 0;
  return {};
}

std::optional<Reply> ReplyParser::next() {
  if (complete_.empty()) return std::nullopt;
  Reply reply = std::move(complete_.front());
  complete_.pop_front();
  return reply;
}

bool ReplyParser::empty() const { return complete_.empty() && !open_ && partial_line_.empty(); }

}  // namespace ftpsfs::ftp
