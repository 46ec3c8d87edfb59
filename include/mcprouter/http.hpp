#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mcprouter {

/// One header field as it stands on the wire, without surrounding white space. Views what it was taken from.
struct HeaderField {
  std::string_view name;
  std::string_view value;

  friend bool operator==(const HeaderField&, const HeaderField&) = default;
};

/// HTTP header fields: ordered, names compared without regard to case (RFC 9110 5.1).
///
/// Holds what it is given; `is_valid_field` says whether a field may be written to a wire. All fields lie in one piece
/// of memory: views of them are good until a field is added, set or removed.
///
/// Thread safety: one thread at a time.
class Headers {
 public:
  class Iterator;

  Headers() = default;
  Headers(std::initializer_list<HeaderField> fields);

  /// Appends a field, beside others of the same name. Throws std::length_error from 4 GiB on.
  void add(std::string_view name, std::string_view value);
  /// Appends these fields.
  void add(const Headers& others);
  /// Replaces every field of that name by this one.
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);

  /// Returns the value of the first field of that name, if there is one.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const { return find(name).has_value(); }
  /// Returns the value of the first field of that name, or an empty view.
  [[nodiscard]] std::string_view get(std::string_view name) const { return find(name).value_or(std::string_view()); }
  [[nodiscard]] std::size_t count(std::string_view name) const;
  /// Returns all values of that name joined by ", " (RFC 9110 5.3).
  [[nodiscard]] std::string joined(std::string_view name) const;

  [[nodiscard]] bool empty() const { return fields_.empty(); }
  [[nodiscard]] std::size_t size() const;
  /// Iterators stay good as views do.
  [[nodiscard]] Iterator begin() const;
  [[nodiscard]] Iterator end() const;

  friend bool operator==(const Headers&, const Headers&) = default;

 private:
  // Of each field: the sizes of its name and its value, then both.
  std::vector<char> fields_;
};

class Headers::Iterator {
 public:
  using value_type = HeaderField;
  using reference = const HeaderField&;
  using pointer = const HeaderField*;
  using difference_type = std::ptrdiff_t;
  using iterator_category = std::input_iterator_tag;

  Iterator() = default;
  reference operator*() const { return field_; }
  pointer operator->() const { return &field_; }
  Iterator& operator++() {
    at_ = field_.value.data() + field_.value.size();
    read();
    return *this;
  }
  Iterator operator++(int) {
    Iterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

 private:
  friend class Headers;
  struct Sizes {
    std::uint32_t name;
    std::uint32_t value;
  };

  Iterator(const char* at, const char* end) : at_(at), end_(end) { read(); }
  void read() {
    if (at_ == end_) return;
    Sizes sizes;
    std::memcpy(&sizes, at_, sizeof sizes);
    const char* const name = at_ + sizeof sizes;
    field_ = {{name, sizes.name}, {name + sizes.name, sizes.value}};
  }

  const char* at_ = nullptr;
  const char* end_ = nullptr;
  HeaderField field_;
};

inline Headers::Iterator Headers::begin() const { return {fields_.data(), fields_.data() + fields_.size()}; }
inline Headers::Iterator Headers::end() const {
  const char* const end = fields_.data() + fields_.size();
  return {end, end};
}

/// Says whether two header names are the same (ASCII, without regard to case).
[[nodiscard]] bool same_header(std::string_view a, std::string_view b);

/// Says whether a field may be sent: the name is a token and the value has no CR, LF, NUL or other control
/// character but TAB (RFC 9110 5.5).
[[nodiscard]] bool is_valid_field(std::string_view name, std::string_view value);

/// How the values of a request's headers come from the host's HTTP server.
enum class FieldValues {
  as_sent,
  percent_decoded,  ///< With percent escapes decoded, as cpp-httplib 0.11 does.
};

/// A request that the host received on the path it gave to the router.
struct Request {
  std::string method;  ///< As on the wire: "POST".
  Headers headers;     ///< Trailers and pseudo headers excluded.
  std::string body;    ///< Whole, transfer coding removed; the router checks its size (`Limits::max_body`).
  std::string peer;  ///< Address of the client as the host trusts it, without port. Part of an anonymous client's key.
  FieldValues field_values = FieldValues::as_sent;
};

struct ResponseHead {
  int status = 200;
  Headers headers;
};

/// A whole response. The host writes `Content-Length`.
struct Response {
  int status = 200;
  Headers headers;
  std::string body;
};

/// Where the router writes the answer to one request. Implemented by the host or an engine.
///
/// The router calls either `respond` once, or `start`, then `write` any number of times, then `finish` or `abort` once.
/// After the client has gone every call is accepted and does nothing.
///
/// Thread safety: the router never calls two functions at the same time, but calls from any thread, also before
/// `Router::handle` has returned. Implementations must not block.
/// Lifetime: shared between host and router; the router lets go of it after the answer ended.
class ResponseWriter {
 public:
  enum class Event {
    writable,  ///< `write` had returned false and may be called again.
    closed,    ///< The client is gone. At most once; not sent after the answer ended.
  };

  virtual ~ResponseWriter() = default;

  /// Sends a whole answer.
  virtual void respond(Response response) = 0;
  /// Sends the head of a streamed answer.
  virtual void start(ResponseHead head) = 0;
  /// Sends or queues a part of the body. Returns false when the queue is full: the router then writes nothing more
  /// until `Event::writable`. The bytes of this call are accepted all the same.
  virtual bool write(std::string_view chunk) = 0;
  /// Ends the answer.
  virtual void finish() = 0;
  /// Ends the answer so that the client sees it is incomplete: the connection is cut.
  virtual void abort() = 0;
  /// Sets who is told of events. The listener may be called from any thread; the implementation drops it after the
  /// answer ended.
  virtual void listen(std::function<void(Event)> listener) = 0;
};

}  // namespace mcprouter
