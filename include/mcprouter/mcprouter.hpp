#pragma once

#include "mcprouter/backend.hpp"
#include "mcprouter/backend_session_manager.hpp"
#include "mcprouter/config.hpp"
#include "mcprouter/error.hpp"
#include "mcprouter/executor.hpp"
#include "mcprouter/http.hpp"
#include "mcprouter/http_client.hpp"
#include "mcprouter/observer.hpp"
#include "mcprouter/options.hpp"
#include "mcprouter/principal.hpp"
#include "mcprouter/router.hpp"
#include "mcprouter/session_store.hpp"
