// ProblemSink: a sink that remembers the last warnings and errors.
#pragma once

#include <memory>

#include <spdlog/sinks/sink.h>

namespace ftpsfs::log {

/// The one of this process, where recent_problems() looks.
[[nodiscard]] std::shared_ptr<spdlog::sinks::sink> problem_sink();

}  // namespace ftpsfs::log
