#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <mutex>
#include <string>

namespace mcprouter::detail {

struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslPtr = std::unique_ptr<SSL, SslFree>;
using SslContextPtr = std::unique_ptr<SSL_CTX, SslFree>;

/// TLS towards backends: verifies their certificates and names.
///
/// Thread safety: thread-safe.
class TlsClient {
 public:
  /// Throws std::runtime_error if `ca_file`, PEM, cannot be read. Empty: the system's bundle, read at the first use.
  explicit TlsClient(const std::string& ca_file);

  /// Prepares a handshake with `host`, a name or an address without brackets. Returns nullptr if that cannot be.
  [[nodiscard]] SslPtr connect(int socket, const std::string& host);

 private:
  SslContextPtr context_;
  const bool uses_system_;
  std::once_flag system_read_;
};

/// TLS towards clients.
class TlsServer {
 public:
  /// Throws std::runtime_error if the files are not a certificate chain and its key.
  TlsServer(const std::string& certificate_file, const std::string& key_file);

  [[nodiscard]] SslPtr accept(int socket) const;

 private:
  SslContextPtr context_;
};

}  // namespace mcprouter::detail
