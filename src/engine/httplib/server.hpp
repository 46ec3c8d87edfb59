#pragma once

#include <functional>
#include <memory>
#include <string>

#include "mcprouter/http.hpp"
#include "mcprouter/httplib.hpp"

namespace mcprouter::detail {

using RequestHandler = std::function<void(Request, std::shared_ptr<ResponseWriter>)>;

/// Routes every method of `path` on `server` to `handler`, which must not block or throw. What `mount` does with a
/// router.
void serve(httplib::Server& server, const std::string& path, RequestHandler handler, const MountOptions& options);

}  // namespace mcprouter::detail
