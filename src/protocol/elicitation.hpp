#pragma once

#include <string>
#include <string_view>

namespace mcprouter::detail {

/// Makes the `message` of an elicitation (JSON text) say who asks, since the client knows of one server only (ELI-02):
/// `[github] Which repository?`. It stays as it is if it is no string, or if `asker` is empty.
[[nodiscard]] std::string signed_by(std::string_view asker, std::string_view message);

/// Does that with the params of an `elicitation/create`; those of other methods stay as they are.
[[nodiscard]] std::string signed_params(std::string_view asker, std::string_view method, std::string_view params);

}  // namespace mcprouter::detail
