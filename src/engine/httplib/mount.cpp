#include <utility>

#include "engine/httplib/server.hpp"

namespace mcprouter {

void mount(httplib::Server& server, const std::string& path, Router& router, const MountOptions& options) {
  detail::serve(
      server, path,
      [&router](Request request, std::shared_ptr<ResponseWriter> writer) {
        router.handle(std::move(request), std::move(writer));
      },
      options);
}

}  // namespace mcprouter
