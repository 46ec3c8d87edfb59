#include "protocol/json_paths.hpp"

namespace mcprouter::detail {

JsonPaths::Place JsonPaths::add(const Way& way) {
  Place parent = nowhere;
  const Place place = reach(way, parent);
  nodes_[place].told = true;
  return place;
}

void JsonPaths::leave_out(const Way& way) {
  Place parent = nowhere;
  const Place place = reach(way, parent);
  nodes_[place].left_out = true;
  nodes_[parent].loses = true;
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
      node.next = nodes_[parent].first;
      nodes_.push_back(std::move(node));
      nodes_[parent].first = place;
      nodes_[parent].members = nodes_[parent].members || step != each;
    }
  }
  return place;
}

JsonPaths::Place JsonPaths::find(Place parent, std::string_view name) const {
  Place place = nodes_[parent].first;
  while (place != nowhere && nodes_[place].name != name) place = nodes_[place].next;
  return place;
}

}  // namespace mcprouter::detail
