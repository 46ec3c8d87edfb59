#include "engine.hpp"

#ifdef GATEWAY_HAS_ASIO
#include "asio_engine.hpp"
#endif
#ifdef GATEWAY_HAS_HTTPLIB
#include "httplib_engine.hpp"
#endif

namespace gateway {

const std::vector<std::string>& engine_names() {
  static const std::vector<std::string> names{
#ifdef GATEWAY_HAS_ASIO
      "asio",
#endif
#ifdef GATEWAY_HAS_HTTPLIB
      "httplib",
#endif
  };
  return names;
}

std::unique_ptr<Engine> make_engine([[maybe_unused]] const std::string& name,
                                    [[maybe_unused]] std::chrono::microseconds busy_poll) {
#ifdef GATEWAY_HAS_ASIO
  if (name == "asio") return std::make_unique<AsioEngine>(busy_poll);
#endif
#ifdef GATEWAY_HAS_HTTPLIB
  if (name == "httplib") return std::make_unique<HttplibEngine>();
#endif
  return nullptr;
}

}  // namespace gateway
