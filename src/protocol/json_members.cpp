#include "protocol/json_members.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

#include "protocol/json_text.hpp"

namespace mcprouter::detail {
namespace {

/// Puts an object together out of parts, each with what stands before it in the text that it is from.
class ObjectWriter {
 public:
  /// Adds a member as written; `before` is what stands between it and the member before it, or the opening brace.
  void add_written(std::string_view before, std::string_view member) {
    const std::size_t comma = before.find(',');
    const bool lost_its_predecessors = empty_ && comma != std::string_view::npos;
    text_.append(lost_its_predecessors ? before.substr(comma + 1) : before).append(member);
    empty_ = false;
  }
  void add(std::string_view name, std::string_view value) {
    text_.append(empty_ ? "" : ",").append(quoted(name)).append(":").append(value);
    empty_ = false;
  }
  /// Ends the object with `rest`, which ends with the closing brace.
  std::string take(std::string_view rest) { return empty_ ? "{}" : std::move(text_.append(rest)); }

  void reserve(std::size_t size) { text_.reserve(size); }

 private:
  std::string text_ = "{";
  bool empty_ = true;
};

}  // namespace

std::string with_members(std::string_view object, std::vector<MemberChange> changes) {
  if (kind_of(object) != JsonKind::object) {
    return std::string(object);
  }
  ObjectWriter writer;
  writer.reserve(object.size());
  std::vector<bool> done(changes.size());
  const char* end_of_last = object.data() + 1;
  for_each_member(object, [&](std::string_view name, std::string_view value) {
    // From here on to the value: a comma if it is not the first, the name and the colon, and white space.
    const std::string_view before(end_of_last, static_cast<std::size_t>(value.data() - end_of_last));
    end_of_last = value.data() + value.size();
    const auto change =
        std::find_if(changes.begin(), changes.end(), [&](const auto& each) { return each.name == name; });
    if (change == changes.end()) {
      const std::size_t quote = before.find('"');
      writer.add_written(before.substr(0, quote),
                         {before.data() + quote, static_cast<std::size_t>(end_of_last - before.data()) - quote});
    } else if (const auto index = static_cast<std::size_t>(change - changes.begin()); change->value && !done[index]) {
      writer.add(name, *change->value);
      done[index] = true;
    }
    return true;
  });
  for (std::size_t index = 0; index < changes.size(); ++index) {
    if (changes[index].value && !done[index]) {
      writer.add(changes[index].name, *changes[index].value);
    }
  }
  return writer.take({end_of_last, static_cast<std::size_t>(object.data() + object.size() - end_of_last)});
}

std::string_view object_member(std::string_view object, std::string_view name) {
  const auto found = member(object, name);
  return found && kind_of(*found) == JsonKind::object ? *found : std::string_view();
}

std::string string_member(std::string_view object, std::string_view name) {
  const auto found = member(object, name);
  return found ? string_value(*found).value_or(std::string()) : std::string();
}

std::chrono::milliseconds milliseconds_member(std::string_view object, std::string_view name) {
  // More is a mistake, and would not fit a clock.
  constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24 * 365);
  const std::string_view written = member(object, name).value_or(std::string_view());
  double value = 0;
  const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), value);
  if (error != std::errc() || end != written.data() + written.size() || !(value > 0)) {
    return {};
  }
  const bool fits = value < static_cast<double>(kLongest.count());
  return fits ? std::chrono::milliseconds(static_cast<std::int64_t>(value)) : kLongest;
}

std::string object_of(const std::vector<MemberChange>& members) {
  ObjectWriter writer;
  for (const auto& [name, value] : members) {
    if (value) {
      writer.add(name, *value);
    }
  }
  return writer.take("}");
}

}  // namespace mcprouter::detail
