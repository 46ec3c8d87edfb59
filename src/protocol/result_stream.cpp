#include "protocol/result_stream.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "protocol/json_text.hpp"
#include "protocol/message.hpp"

namespace mcprouter::detail {
namespace {

/// Makes edits and looks at nothing else.
class Editing final : public JsonEditor {
 public:
  explicit Editing(const std::vector<ResultEdit>& edits) {
    for (const ResultEdit& edit : edits) {
      for (const JsonPaths::Way& way : edit.ways) {
        const auto place = static_cast<std::size_t>(paths_.add(way));
        if (place >= edits_.size()) edits_.resize(place + 1);
        edits_[place] = &edit;
      }
    }
  }

  [[nodiscard]] const JsonPaths& paths() const { return paths_; }
  [[nodiscard]] bool changed() const { return changed_; }

  void begins(JsonPaths::Place /*place*/, char /*first*/) override {}
  std::optional<std::string> scalar(JsonPaths::Place place, std::string_view written) override {
    if (written.empty()) return std::nullopt;
    auto instead = edits_[static_cast<std::size_t>(place)]->change(written);
    changed_ = changed_ || instead;
    return instead;
  }
  std::string ends(JsonPaths::Place /*object*/) override { return {}; }

 private:
  JsonPaths paths_;
  std::vector<const ResultEdit*> edits_;  // By place.
  bool changed_ = false;
};

/// Whether a member of this name stands anywhere.
bool names(std::string_view text, std::string_view name) {
  // Not string_view::find, which stops at every quote.
  const std::string written = std::string("\"").append(name).append("\"");
  return memmem(text.data(), text.size(), written.data(), written.size()) != nullptr;
}

bool may_change(std::string_view text, const std::vector<ResultEdit>& edits) {
  std::string_view absent;  // Ways mostly end in the same name.
  for (const ResultEdit& edit : edits) {
    for (const JsonPaths::Way& way : edit.ways) {
      if (way.back() == absent) continue;
      if (names(text, way.back())) return true;
      absent = way.back();
    }
  }
  return false;
}

JsonPaths::Way below(std::string_view member, const JsonPaths::Way& way) {
  JsonPaths::Way whole{member};
  whole.insert(whole.end(), way.begin(), way.end());
  return whole;
}

}  // namespace

std::optional<std::string> edit_text(std::string_view text, const std::vector<ResultEdit>& edits) {
  if (!may_change(text, edits)) return std::nullopt;
  Editing editing(edits);
  JsonStream stream(editing.paths(), editing, std::numeric_limits<std::size_t>::max());
  std::string out;
  out.reserve(text.size());
  if (!stream.feed(text, out) || !stream.finish(out) || !editing.changed()) return std::nullopt;
  return out;
}

ResultStream::ResultStream(std::string_view sent_id, std::string_view client_id, const Limits& limits,
                           const std::vector<ResultEdit>& edits)
    : sent_id_(sent_id),
      client_id_(client_id),
      max_id_length_(limits.max_id_length),
      whole_(watch({})),
      jsonrpc_(watch({"jsonrpc"})),
      id_(watch({"id"})),
      method_(watch({"method"})),
      params_(watch({"params"})),
      result_(watch({"result"})),
      error_(watch({"error"})),
      stream_(paths_, *this, limits.max_depth) {
  for (const std::string_view name :
       {"name", "uri", "cursor", "taskId", "arguments", "requestState", "inputResponses", "_meta"}) {
    watch({"params", name});
  }
  for (const std::string_view name :
       {"progressToken", "io.modelcontextprotocol/protocolVersion", "io.modelcontextprotocol/clientInfo",
        "io.modelcontextprotocol/clientCapabilities", "io.modelcontextprotocol/logLevel"}) {
    watch({"params", "_meta", name});
  }
  for (const ResultEdit& edit : edits) {
    for (const JsonPaths::Way& way : edit.ways) {
      at(watch(below("result", way), false)).edit = &edit;
    }
  }
}

bool ResultStream::feed(std::string_view part, std::string& out) {
  wrong_ = !stream_.feed(part, out) || wrong_;
  return !wrong_;
}

bool ResultStream::finish() {
  std::string nothing;
  return !wrong_ && stream_.finish(nothing) && complete_;
}

void ResultStream::begins(Place place, char first) {
  Seen& seen = at(place);
  if (seen.count++ == 0) {
    seen.first = first;
  } else if (seen.once) {
    wrong_ = true;
  }
}

std::optional<std::string> ResultStream::scalar(Place place, std::string_view written) {
  Seen& seen = at(place);
  if (seen.edit != nullptr) return written.empty() ? std::nullopt : seen.edit->change(written);
  if (seen.count == 1) seen.written = written;
  if (place != id_) return std::nullopt;
  wrong_ = wrong_ || !has_id();
  return std::string(client_id_);
}

std::string ResultStream::ends(Place object) {
  if (object == whole_) {
    complete_ = is_response();
    wrong_ = wrong_ || !complete_;
  }
  return {};
}

bool ResultStream::is_response() {
  const bool is_message = string_value(at(jsonrpc_).written) == "2.0" && at(method_).count == 0;
  const bool is_result = at(result_).count > 0 && at(error_).count == 0;
  return is_message && is_result && has_id() && (at(params_).count == 0 || at(params_).first == '{');
}

bool ResultStream::has_id() {
  const std::string& id = at(id_).written;
  return id.size() <= max_id_length_ && same_id(id, sent_id_);
}

ResultStream::Seen& ResultStream::at(Place place) { return seen_[static_cast<std::size_t>(place)]; }

ResultStream::Place ResultStream::watch(const JsonPaths::Way& way, bool once) {
  const Place place = paths_.add(way);
  if (static_cast<std::size_t>(place) >= seen_.size()) seen_.resize(static_cast<std::size_t>(place) + 1);
  at(place).once = once;
  return place;
}

}  // namespace mcprouter::detail
