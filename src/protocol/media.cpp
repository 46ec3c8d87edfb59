#include "protocol/media.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "protocol/ascii.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::size_t max_weight_digits = 3;

// What nearly everybody sends, and need not be taken apart to be understood (the last is what MCP wants, HTTP-10).
constexpr std::string_view usual_type = "application/json";
constexpr std::string_view usual_stream = "text/event-stream";
constexpr std::string_view usual_accept = "application/json, text/event-stream";

/// Cuts at `separator` where it stands outside of quoted strings.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  bool in_quotes = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (in_quotes && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      in_quotes = !in_quotes;
    } else if (text[i] == separator && !in_quotes) {
      parts.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  parts.push_back(text.substr(begin));
  return parts;
}

struct Parameter {
  std::string_view name;
  std::string value;
};

struct MediaType {
  std::string_view type;
  std::string_view subtype;
  std::vector<Parameter> parameters;

  [[nodiscard]] bool is(std::string_view wanted_type, std::string_view wanted_subtype) const {
    return equal_ignoring_case(type, wanted_type) && equal_ignoring_case(subtype, wanted_subtype);
  }
};

/// Reads a token or a quoted string.
std::optional<std::string> read_value(std::string_view text) {
  if (!text.starts_with('"')) return is_token(text) ? std::optional<std::string>(text) : std::nullopt;
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1 == text.size() ? std::optional<std::string>(value) : std::nullopt;
    if (text[i] == '\\' && ++i == text.size()) break;
    value.push_back(text[i]);
  }
  return std::nullopt;
}

/// Reads `type/subtype *( ; name=value )`. A range is one too, since `*` is a token.
std::optional<MediaType> read_media_type(std::string_view text) {
  const auto parts = split(text, ';');
  const std::string_view essence = trimmed(parts.front());
  const std::size_t slash = std::min(essence.find('/'), essence.size());
  MediaType media{essence.substr(0, slash), essence.substr(std::min(slash + 1, essence.size())), {}};
  if (!is_token(media.type) || !is_token(media.subtype)) return std::nullopt;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::string_view parameter = trimmed(parts[i]);
    if (parameter.empty()) continue;  // The grammar allows a semicolon with nothing behind it.
    const std::size_t equals = std::min(parameter.find('='), parameter.size());
    auto value = read_value(parameter.substr(std::min(equals + 1, parameter.size())));
    if (!is_token(parameter.substr(0, equals)) || !value) return std::nullopt;
    media.parameters.push_back({parameter.substr(0, equals), std::move(*value)});
  }
  return media;
}

/// Reads a weight of at most three digits. `.2` is none by the grammar, but is what Java sends by default.
std::optional<double> read_weight(std::string_view text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
  if (text.empty() || text == "." || whole.size() > 1 || fraction.size() > max_weight_digits) return std::nullopt;
  if (!whole.empty() && whole != "0" && whole != "1") return std::nullopt;
  if (!std::all_of(fraction.begin(), fraction.end(), is_digit)) return std::nullopt;
  int thousandths = whole == "1" ? 1000 : 0;
  int unit = 100;
  for (const char digit : fraction) {
    thousandths += unit * (digit - '0');
    unit /= 10;
  }
  return thousandths <= 1000 ? std::optional<double>(thousandths / 1000.0) : std::nullopt;
}

/// A media type that we can send, and the best range found for it.
class Candidate {
 public:
  Candidate(std::string_view type, std::string_view subtype) : type_(type), subtype_(subtype) {}

  void consider(const MediaType& range, double weight, bool plain) {
    const int rank = rank_of(range, plain);
    if (rank > rank_) weight_ = weight;
    if (rank == rank_ && rank > 0) weight_ = std::max(weight_, weight);
    rank_ = std::max(rank_, rank);
  }
  [[nodiscard]] double weight() const { return weight_; }

 private:
  [[nodiscard]] int rank_of(const MediaType& range, bool plain) const {
    if (range.is(type_, subtype_)) return plain ? 4 : 3;
    if (range.is(type_, "*")) return 2;
    return range.is("*", "*") ? 1 : 0;
  }

  std::string_view type_;
  std::string_view subtype_;
  int rank_ = 0;
  double weight_ = 0;
};

}  // namespace

Accept read_accept(const Headers& headers) {
  if (headers.count("Accept") == 1 && headers.get("Accept") == usual_accept) return {1, 1};
  const std::string value = headers.joined("Accept");
  Candidate json("application", "json");
  Candidate sse("text", "event-stream");
  bool any = false;
  for (const std::string_view element : split(value, ',')) {
    if (trimmed(element).empty()) continue;
    any = true;
    const auto range = read_media_type(element);
    if (!range) continue;
    // What stands behind the weight extends Accept, and says nothing about the type.
    const auto q = std::find_if(range->parameters.begin(), range->parameters.end(),
                                [](const Parameter& parameter) { return equal_ignoring_case(parameter.name, "q"); });
    const auto weight = q == range->parameters.end() ? 1.0 : read_weight(q->value);
    if (!weight) continue;
    const bool plain = q == range->parameters.begin();
    json.consider(*range, *weight, plain);
    sse.consider(*range, *weight, plain);
  }
  if (!any) return {1, 1};
  return {json.weight(), sse.weight()};
}

bool is_json(std::string_view content_type) {
  if (content_type == usual_type) return true;
  const auto media = read_media_type(content_type);
  return media && media->is("application", "json") &&
         std::all_of(media->parameters.begin(), media->parameters.end(), [](const Parameter& parameter) {
           return !equal_ignoring_case(parameter.name, "charset") || equal_ignoring_case(parameter.value, "utf-8");
         });
}

bool is_sse(std::string_view content_type) {
  if (content_type == usual_type) return false;
  if (content_type == usual_stream) return true;
  const auto media = read_media_type(content_type);
  return media && media->is("text", "event-stream");
}

}  // namespace mcprouter::detail
