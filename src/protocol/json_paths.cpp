#include "protocol/json_paths.hpp"

namespace mcprouter::detail {

JsonPaths::Place JsonPaths::add(const Way& way) {
  Place parent = nowhere;
  const Place place = reach(way, parent);
  at(place).told = true;
  return place;
}

void JsonPaths::leave_out(const Way& way) {
  Place parent = nowhere;
  const Place place = reach(way, parent);
  at(place).left_out = true;
  at(parent).loses = true;
}

JsonPaths::Place JsonPaths::member(Place object, std::string_view name) const {
  return object == nowhere || name.empty() ? nowhere : find(object, name);
}

JsonPaths::Place JsonPaths::element(Place array) const { return array == nowhere ? nowhere : find(array, each); }

JsonPaths::Place JsonPaths::reach(const Way& way, Place& parent) {
  Place place = whole;
  for (const std::string_view step : way) {
    parent = place;
    place = find(parent, step);
    if (place == nowhere) {
      place = static_cast<Place>(nodes_.size());
      Node node;
      node.name = step;
      node.next = at(parent).first;
      nodes_.push_back(std::move(node));
      at(parent).first = place;
      at(parent).members = at(parent).members || step != each;
    }
  }
  return place;
}

JsonPaths::Place JsonPaths::find(Place parent, std::string_view name) const {
  Place place = at(parent).first;
  while (place != nowhere && at(place).name != name) place = at(place).next;
  return place;
}

}  // namespace mcprouter::detail
