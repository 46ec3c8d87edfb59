#pragma once

namespace mcprouter {

/// The two families of MCP revisions. An era belongs to one hop: client to router, or router to one backend.
enum class Era {
  legacy,  ///< 2024-11-05 to 2025-11-25: `initialize`, sessions, requests of the server.
  modern,  ///< 2026-07-28 and later: no sessions; every request carries what it needs.
};

}  // namespace mcprouter
