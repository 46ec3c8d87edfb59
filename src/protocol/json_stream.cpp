#include "protocol/json_stream.hpp"

#include "protocol/json_text.hpp"

namespace mcprouter::detail {

bool JsonStream::feed(std::string_view piece, std::string& out) {
  out.reserve(out.size() + held_.size() + piece.size());
  kept_ = at_ = piece.data();
  end_ = at_ + piece.size();
  out_ = &out;
  while (at_ != end_ && !failed_) failed_ = !step();
  if (!failed_) pass_on();
  return !failed_;
}

bool JsonStream::finish(std::string& out) {
  kept_ = at_ = end_ = nullptr;
  out_ = &out;
  if (!failed_ && token_ == Token::number) failed_ = !end_token(Scan::complete);
  return !failed_ && expect_ == Expect::nothing && token_ == Token::none;
}

bool JsonStream::step() {
  switch (token_) {
    case Token::none:
      return structure();
    case Token::name:
    case Token::string:
      return end_token(string_.scan(at_, end_));
    case Token::number:
      return end_token(number_.scan(at_, end_));
    case Token::literal:
      if (*at_ != literal_.front()) return false;
      ++at_;
      literal_.remove_prefix(1);
      return end_token(literal_.empty() ? Scan::complete : Scan::more);
  }
  return false;
}

bool JsonStream::structure() {
  const char c = *at_;
  switch (c) {
    case ' ':
    case '\t':
      ++at_;
      return true;
    case '\n':
    case '\r':
      pass_on();
      kept_ = ++at_;
      return true;
    case ':':
      if (expect_ != Expect::colon) return false;
      expect_ = Expect::value;
      ++at_;
      return true;
    case ',':
      if (expect_ != Expect::more) return false;
      pass_on();
      ++at_;
      if (paths_.has_left_out(levels_.back().place)) kept_ = at_;  // It comes with the next member that stays.
      expect_ = levels_.back().object ? Expect::name : Expect::value;
      if (!levels_.back().object) place_ = paths_.element(levels_.back().place);
      return true;
    case '}':
    case ']':
      return end_level();
    default:
      if (expect_ == Expect::first_name || expect_ == Expect::name) return c == '"' && begin_name();
      return (expect_ == Expect::value || expect_ == Expect::first_element) && begin_value(c);
  }
}

bool JsonStream::begin_value(char c) {
  const bool told = paths_.is_told(place_);
  if (told) editor_.begins(place_, c);
  if (c == '{' || c == '[') return begin_level(c);
  if (told) hold();
  switch (c) {
    case '"':
      token_ = Token::string;
      string_.begin();
      ++at_;
      return true;
    case 't':
      literal_ = "true";
      break;
    case 'f':
      literal_ = "false";
      break;
    case 'n':
      literal_ = "null";
      break;
    default:
      token_ = Token::number;
      number_.begin();
      return c == '-' || (c >= '0' && c <= '9');
  }
  token_ = Token::literal;
  return true;
}

bool JsonStream::begin_level(char c) {
  if (levels_.size() == max_depth_) return false;
  levels_.push_back({c == '{', false, place_});
  expect_ = c == '{' ? Expect::first_name : Expect::first_element;
  if (c == '[') place_ = paths_.element(place_);
  ++at_;
  return true;
}

bool JsonStream::end_level() {
  const bool object = *at_ == '}';
  const bool first = expect_ == (object ? Expect::first_name : Expect::first_element);
  if ((!first && expect_ != Expect::more) || levels_.empty() || levels_.back().object != object) return false;
  const Level& level = levels_.back();
  if (object && paths_.is_told(level.place)) {
    const std::string added = editor_.ends(level.place);
    pass_on();
    if (!added.empty() && level.any) insert(",");
    insert(added);
  }
  levels_.pop_back();
  ++at_;
  end_value();
  return true;
}

bool JsonStream::begin_name() {
  token_ = Token::name;
  if (paths_.has_members(levels_.back().place)) hold();
  string_.begin();
  ++at_;
  return true;
}

void JsonStream::end_name() {
  Level& level = levels_.back();
  place_ = JsonPaths::nowhere;
  expect_ = Expect::colon;
  pass_on();
  if (holding_) {
    holding_ = false;
    const std::string_view name = std::string_view(held_).substr(1, held_.size() - 2);
    place_ = name.find('\\') == std::string_view::npos
                 ? paths_.member(level.place, name)
                 : paths_.member(level.place, string_value(held_).value_or(std::string()));
    if (paths_.is_left_out(place_) && !dropping_) {
      dropping_ = true;
      dropping_level_ = levels_.size();
      return;
    }
    let_go();
  }
  level.any = true;
}

bool JsonStream::end_token(Scan scan) {
  if (scan != Scan::complete) return scan == Scan::more;
  if (token_ == Token::number && !number_.complete()) return false;
  const Token token = token_;
  token_ = Token::none;
  if (token == Token::name) {
    end_name();
  } else {
    end_scalar();
  }
  return true;
}

void JsonStream::end_scalar() {
  if (paths_.is_told(place_)) {
    pass_on();
    const std::optional<std::string> changed = editor_.scalar(place_, holding_ ? held_ : std::string_view());
    if (holding_) {
      holding_ = false;
      if (changed) held_ = *changed;
      let_go();
    }
  }
  end_value();
}

void JsonStream::end_value() {
  if (dropping_ && levels_.size() == dropping_level_) {
    kept_ = at_;
    dropping_ = false;
  }
  expect_ = levels_.empty() ? Expect::nothing : Expect::more;
}

void JsonStream::pass_on() {
  const std::string_view passed(kept_, static_cast<std::size_t>(at_ - kept_));
  kept_ = at_;
  if (!holding_) {
    insert(passed);
    return;
  }
  held_.append(passed);
  if (held_.size() > max_held) {
    holding_ = false;
    let_go();
  }
}

void JsonStream::hold() {
  pass_on();
  holding_ = true;
  held_.clear();
}

/// Passes on what was held. A comma that waited for the next member comes first.
void JsonStream::let_go() {
  const bool is_name = expect_ == Expect::colon || token_ == Token::name;
  if (is_name && levels_.back().any && paths_.has_left_out(levels_.back().place)) insert(",");
  insert(held_);
}

void JsonStream::insert(std::string_view text) {
  if (!dropping_) out_->append(text);
}

}  // namespace mcprouter::detail
