#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace mcprouter::detail {

/// Places within a JSON value, each named by the way to it. Made once and asked often.
class JsonPaths {
 public:
  using Place = int;
  /// Names of members, one within the other.
  using Way = std::vector<std::string_view>;
  static constexpr Place nowhere = -1;
  static constexpr Place whole = 0;
  /// A step to each element of an array. A member without a name cannot be named.
  static constexpr std::string_view each = "";

  JsonPaths() : nodes_(1) {}

  /// Returns the place at the end of this way, for an empty one the whole: who reads is told of it.
  Place add(const Way& way);
  /// The member at the end of this way is left out.
  void leave_out(const Way& way);

  [[nodiscard]] Place member(Place object, std::string_view name) const;
  [[nodiscard]] Place element(Place array) const;
  /// Whether anything was named in this object.
  [[nodiscard]] bool has_members(Place object) const { return object != nowhere && at(object).members; }
  /// Whether a member of this object is left out.
  [[nodiscard]] bool has_left_out(Place object) const { return object != nowhere && at(object).loses; }
  [[nodiscard]] bool is_told(Place place) const { return place != nowhere && at(place).told; }
  [[nodiscard]] bool is_left_out(Place place) const { return place != nowhere && at(place).left_out; }

 private:
  struct Node {
    std::string name;
    Place next = nowhere;   // with the same parent
    Place first = nowhere;  // below it
    bool told = false;
    bool left_out = false;
    bool members = false;
    bool loses = false;
  };

  [[nodiscard]] Node& at(Place place) { return nodes_[static_cast<std::size_t>(place)]; }
  [[nodiscard]] const Node& at(Place place) const { return nodes_[static_cast<std::size_t>(place)]; }
  Place reach(const Way& way, Place& parent);
  [[nodiscard]] Place find(Place parent, std::string_view name) const;

  std::deque<Node> nodes_;
};

}  // namespace mcprouter::detail
