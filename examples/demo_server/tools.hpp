#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace demo {

using Json = nlohmann::ordered_json;

/// What a server remembers for one client session.
struct Session {
  std::string protocol_version;
  std::mutex mutex;
  std::vector<std::string> notes;  // guarded by `mutex`
};

/// One run of a tool.
struct Call {
  Session& session;
  const Json& arguments;
  /// Tells the client how far a slow tool is. Returns false when the client is gone.
  std::function<bool(int done, int total, const std::string& message)> progress;
};

struct Tool {
  std::string name;
  std::string description;
  Json input_schema;
  bool slow = false;  ///< Answered as a stream of events, with progress on the way.
  /// Returns the text of the result; what it throws becomes a result with `isError`.
  std::function<std::string(const Call&)> run;
};

/// `now`, `add` and the slow `count`.
std::vector<Tool> clock_tools();
/// `add_note` and `list_notes`; each session has notes of its own.
std::vector<Tool> notes_tools();

}  // namespace demo
