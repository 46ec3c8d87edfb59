#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/json_stream.hpp"
#include "protocol/modern_result.hpp"

namespace mcprouter::detail {

/// Does to a complete result in a response that comes in parts what `modern_result` does to a whole one.
///
/// Thread safety: one thread at a time.
class ModernResultStream final : private JsonEditor {
 public:
  /// `server_info` and `hints` as in `modern_result`; both outlive it.
  ModernResultStream(std::string_view server_info, const std::optional<CacheHints>& hints);
  ModernResultStream(const ModernResultStream&) = delete;
  ModernResultStream& operator=(const ModernResultStream&) = delete;

  /// Returns what becomes of this part. Requires: the parts make a response.
  std::string pass(std::string_view part);

 private:
  void begins(JsonPaths::Place place, char first) override;
  std::optional<std::string> scalar(JsonPaths::Place place, std::string_view written) override;
  std::string ends(JsonPaths::Place object) override;
  [[nodiscard]] std::string server_info_member() const;

  const std::string_view server_info_;
  const std::optional<CacheHints>& hints_;
  JsonPaths paths_;
  const JsonPaths::Place result_, meta_;
  bool has_meta_ = false;
  JsonStream stream_;
};

}  // namespace mcprouter::detail
