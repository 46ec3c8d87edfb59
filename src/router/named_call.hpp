#pragma once

#include "protocol/result_stream.hpp"
#include "router/client_request.hpp"
#include "router/list.hpp"
#include "router/reply.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// What a backend owns by name: tools or prompts.
struct Named {
  const ServedList& list;
  NameTable& (Routes::*table)() const;
  Reason unknown;
};

extern const Named kTools;
extern const Named kPrompts;

/// Where a message goes.
struct Destination {
  BackendPtr backend;  ///< Null: nobody owns it.
  std::string name;    ///< As the backend calls it.
};

/// Finds the owner of an exposed name; lists once if it is not known, since the client may have it from another node.
/// `request` and `named` outlive the call.
Task<Destination> find_named(const RouterAccess& access, const ClientRequest& request, const Named& named,
                             std::string exposed);

enum class LinksIn {
  result,
  task,  ///< What was returned is the task's `result`.
};

/// Remembers whose the resources are that a backend links to, and puts the URIs that the client is to know in place of
/// those that are another backend's as well (TRAP-36). Links are in what a tool returned and in what a prompt says.
/// `routes` and `backend` outlive it.
[[nodiscard]] ResultEdit expose_links(const Routes& routes, const std::string& backend,
                                      LinksIn where = LinksIn::result);

/// Serves tools/call or prompts/get: forwards the message with nothing but the name changed to the owner of the name,
/// and relays what the backend says until its response.
Task<Outcome> call_named(const RouterAccess& access, const ClientRequest& request, Reply& reply, const Named& named);

}  // namespace mcprouter::detail
