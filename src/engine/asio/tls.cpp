#include "engine/asio/tls.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <stdexcept>

namespace mcprouter::detail {
namespace {

SslContextPtr new_context(const SSL_METHOD* method) {
  SslContextPtr context(SSL_CTX_new(method));
  if (!context) throw std::runtime_error("no TLS");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  // Buffers of idle connections go; a write may be tried again from where its bytes have moved to.
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return context;
}

}  // namespace

TlsClient::TlsClient(const std::string& ca_file)
    : context_(new_context(TLS_client_method())), uses_system_(ca_file.empty()) {
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  if (!uses_system_ && SSL_CTX_load_verify_locations(context_.get(), ca_file.c_str(), nullptr) != 1) {
    ERR_clear_error();
    throw std::runtime_error("cannot read certificates from " + ca_file);
  }
}

SslPtr TlsClient::connect(int socket, const std::string& host) {
  if (uses_system_) {
    std::call_once(system_read_, [this] { SSL_CTX_set_default_verify_paths(context_.get()); });
  }
  ERR_clear_error();
  SslPtr ssl(SSL_new(context_.get()));
  if (!ssl || SSL_set_fd(ssl.get(), socket) != 1) return nullptr;
  boost::system::error_code no_address;
  boost::asio::ip::make_address(host, no_address);
  if (no_address) {
    if (SSL_set1_host(ssl.get(), host.c_str()) != 1) return nullptr;
    if (SSL_set_tlsext_host_name(ssl.get(), host.c_str()) != 1) return nullptr;
  } else if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str()) != 1) {
    return nullptr;
  }
  SSL_set_connect_state(ssl.get());
  return ssl;
}

TlsServer::TlsServer(const std::string& certificate_file, const std::string& key_file)
    : context_(new_context(TLS_server_method())) {
  if (SSL_CTX_use_certificate_chain_file(context_.get(), certificate_file.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context_.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context_.get()) != 1) {
    ERR_clear_error();
    throw std::runtime_error("no certificate chain with its key in " + certificate_file + " and " + key_file);
  }
}

SslPtr TlsServer::accept(int socket) const {
  ERR_clear_error();
  SslPtr ssl(SSL_new(context_.get()));
  if (!ssl || SSL_set_fd(ssl.get(), socket) != 1) return nullptr;
  SSL_set_accept_state(ssl.get());
  return ssl;
}

}  // namespace mcprouter::detail
