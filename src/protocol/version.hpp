#pragma once

#include <array>
#include <string_view>

namespace mcprouter::detail {

inline constexpr std::string_view version_2024_11_05 = "2024-11-05";
inline constexpr std::string_view version_2025_03_26 = "2025-03-26";
inline constexpr std::string_view version_2025_06_18 = "2025-06-18";
inline constexpr std::string_view version_2025_11_25 = "2025-11-25";
inline constexpr std::string_view version_2026_07_28 = "2026-07-28";

/// The revisions with `initialize` and sessions, oldest first.
inline constexpr std::array session_versions = {version_2024_11_05, version_2025_03_26, version_2025_06_18,
                                                version_2025_11_25};
inline constexpr std::string_view newest_session_version = session_versions.back();
/// The revision without sessions.
inline constexpr std::string_view modern_version = version_2026_07_28;
/// What `server/discover` lists, and what a client is told that asked for anything else: the newest first.
inline constexpr std::array offered_versions = {version_2026_07_28, version_2025_11_25, version_2025_06_18,
                                                version_2025_03_26};

[[nodiscard]] bool is_session_version(std::string_view version);

/// Returns what `initialize` answers: the version asked for if it has sessions, else the newest that has (VER-01). The
/// view is of static storage.
[[nodiscard]] std::string_view negotiate(std::string_view requested);

/// Says whether a session of that version may send batches (BAT-01, BAT-04).
[[nodiscard]] bool allows_batches(std::string_view version);

}  // namespace mcprouter::detail
