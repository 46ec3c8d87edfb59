#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "mcprouter/http.hpp"

/// What the server and the client have in common: a file descriptor that closes itself, and HTTP/1.1 as text.
namespace custom {

/// Bytes of a message's head that are read before the peer is given up.
constexpr std::size_t max_head = 64u << 10;

class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  [[nodiscard]] int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

inline std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

struct Head {
  std::string start_line;
  mcprouter::Headers headers;
};

/// Parses a head, given with the empty line at its end. Returns nullopt for what is not to the letter of RFC 9112: two
/// programs that read a sloppy head differently are how requests are smuggled.
inline std::optional<Head> parse_head(std::string_view text) {
  Head head;
  for (bool first = true;; first = false) {
    const std::size_t end = text.find("\r\n");
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    if (line.empty()) return head;
    if (first) {
      head.start_line = line;
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (!mcprouter::is_valid_field(name, value)) return std::nullopt;
    head.headers.add(name, value);
  }
}

/// Writes a head. The router hands over valid fields only; a host that adds its own checks them itself.
inline std::string format_head(std::string_view start_line, const mcprouter::Headers& headers) {
  std::string text(start_line);
  text += "\r\n";
  for (const mcprouter::HeaderField& field : headers) {
    text.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  return text + "\r\n";
}

/// Takes a body out of the bytes that come from a socket: by length, chunked, or until the end of the connection.
class BodyReader {
 public:
  /// Returns nullopt where the head does not say clearly how long the body is.
  static std::optional<BodyReader> of(const mcprouter::Headers& headers, bool ends_with_connection) {
    const std::size_t lengths = headers.count("Content-Length");
    if (const auto coding = headers.find("Transfer-Encoding")) {
      if (lengths != 0 || headers.count("Transfer-Encoding") != 1 || !mcprouter::same_header(*coding, "chunked")) {
        return std::nullopt;
      }
      return BodyReader(State::chunk_size, 0);
    }
    if (lengths == 0) {
      return ends_with_connection ? BodyReader(State::until_close, 0) : none();
    }
    const std::optional<std::uint64_t> length = number(headers.get("Content-Length"), 10);
    if (lengths != 1 || !length) return std::nullopt;
    return *length == 0 ? none() : BodyReader(State::counted, *length);
  }
  static BodyReader none() { return {State::done, 0}; }

  /// Moves what belongs to the body from the front of `in` to the end of `out`. Returns false if `in` is malformed.
  bool feed(std::string& in, std::string& out) {
    while (!in.empty() && state_ != State::done) {
      if (state_ == State::until_close) {
        out += std::exchange(in, {});
      } else if (state_ == State::counted || state_ == State::chunk_data) {
        const std::size_t take = left_ < in.size() ? static_cast<std::size_t>(left_) : in.size();
        out.append(in, 0, take);
        in.erase(0, take);
        left_ -= take;
        if (left_ == 0) state_ = state_ == State::counted ? State::done : State::chunk_end;
      } else {
        const std::size_t end = in.find("\r\n");
        if (end == std::string::npos) return in.size() <= max_line;
        const std::string line = in.substr(0, end);
        in.erase(0, end + 2);
        if (!take_line(line)) return false;
      }
    }
    return true;
  }

  [[nodiscard]] bool done() const { return state_ == State::done; }
  /// Whether an end of the connection ends the body, and does not cut it.
  [[nodiscard]] bool may_end() const { return done() || state_ == State::until_close; }

 private:
  enum class State { counted, until_close, chunk_size, chunk_data, chunk_end, trailer, done };
  static constexpr std::size_t max_line = 4'096;

  BodyReader(State state, std::uint64_t left) : state_(state), left_(left) {}

  bool take_line(const std::string& line) {
    if (state_ == State::trailer) {
      if (line.empty()) state_ = State::done;
      return true;
    }
    if (state_ == State::chunk_end) {
      state_ = State::chunk_size;
      return line.empty();
    }
    const std::optional<std::uint64_t> size = number(std::string_view(line).substr(0, line.find(';')), 16);
    if (!size) return false;
    left_ = *size;
    state_ = left_ == 0 ? State::trailer : State::chunk_data;
    return true;
  }

  static std::optional<std::uint64_t> number(std::string_view text, int base) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
  }

  State state_;
  std::uint64_t left_;
};

}  // namespace custom
