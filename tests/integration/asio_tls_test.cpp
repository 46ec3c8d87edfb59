#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "integration/asio_host.hpp"
#include "integration/exchange_recorder.hpp"
#include "support/catch.hpp"

using namespace mcprouter;
using namespace std::chrono_literals;
using test::Arrived;
using test::AsioHost;
using test::begin;
using test::Call;
using test::post;
using test::RawServer;

namespace {

template <auto free>
struct Free {
  template <typename T>
  void operator()(T* pointer) const {
    free(pointer);
  }
};

/// A self-signed certificate for `localhost` and 127.0.0.1, in files that go with it.
class Certificate {
 public:
  Certificate() {
    const std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>> key(EVP_EC_gen("P-256"));
    const std::unique_ptr<X509, Free<X509_free>> certificate(X509_new());
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* const name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> names(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1"));
    X509_add_ext(certificate.get(), names.get(), -1);
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    const std::unique_ptr<FILE, Free<std::fclose>> file(fdopen(mkstemp(path_.data()), "w"));
    PEM_write_X509(file.get(), certificate.get());
    PEM_write_PrivateKey(file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  }
  ~Certificate() { std::remove(path_.c_str()); }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_ = std::filesystem::temp_directory_path() / "mcprouter-XXXXXX";
};

AsioServerOptions with(const Certificate& certificate) {
  AsioServerOptions options;
  options.certificate_file = options.key_file = certificate.path();
  return options;
}

AsioOptions trusting(const Certificate& certificate) {
  AsioOptions options;
  options.threads = 1;
  options.ca_file = certificate.path();
  return options;
}

std::string url_of(AsioHost& host, const std::string& name) {
  return "https://" + name + ":" + std::to_string(host.server().port()) + "/mcp";
}

}  // namespace

TEST_CASE("requests and answers pass through TLS, on a connection that is used again", "[asio][tls]") {
  const Certificate certificate;
  AsioHost host(with(certificate));
  AsioEngine engine(trusting(certificate));
  const std::string name = GENERATE("localhost", "127.0.0.1");
  const std::string large(3u << 20, 'x');
  for (int i = 0; i < 3; ++i) {
    const Call call = begin(engine.client(), post(url_of(host, name), large));
    Arrived arrived = host.next();
    CHECK(arrived.request.body == large);
    arrived.writer->respond({200, {}, large});
    CHECK(call.events->end().failure == HttpFailure::none);
    CHECK(call.events->whole_body() == large);
  }
}

TEST_CASE("a stream through TLS can be paused, and its parts come one by one", "[asio][tls][stream]") {
  const Certificate certificate;
  AsioHost host(with(certificate));
  AsioEngine engine(trusting(certificate));
  const Call call = begin(engine.client(), post(url_of(host, "localhost")));
  Arrived arrived = host.next();
  arrived.writer->start({200, {{"Content-Type", "text/event-stream"}}});
  arrived.writer->write("data: 1\n\n");
  CHECK(call.events->body(9) == "data: 1\n\n");
  call.exchange->pause();
  const std::string part(256u << 10, 'y');
  arrived.writer->write(part);
  arrived.writer->finish();
  call.exchange->resume();
  CHECK(call.events->end().failure == HttpFailure::none);
  CHECK(call.events->whole_body().size() == part.size() + 9);
}

TEST_CASE("a certificate that is not trusted, or of another name, is reported as not sent", "[asio][tls]") {
  const Certificate certificate;
  const Certificate other;
  AsioHost host(with(certificate));
  const bool trusted = GENERATE(true, false);
  AsioEngine engine(trusting(trusted ? certificate : other));
  // 127.0.0.2 is the same server by a name that the certificate does not have.
  const Call call = begin(engine.client(), post(url_of(host, trusted ? "127.0.0.2" : "localhost")));
  CHECK(call.events->end().failure == HttpFailure::not_sent);
  CHECK(host.idle());
}

TEST_CASE("a TLS handshake that fails, or does not end, is reported as not sent", "[asio][tls]") {
  RawServer server;
  AsioEngine engine;
  HttpRequest request = post("https://127.0.0.1:" + std::to_string(server.port()) + "/mcp");
  const bool answers = GENERATE(true, false);
  if (!answers) request.connect_timeout = 50ms;
  const Call call = begin(engine.client(), request);
  auto backend = server.accept();
  if (answers) backend.send("this is no TLS\r\n");
  CHECK(call.events->end().failure == HttpFailure::not_sent);
}

TEST_CASE("a client that does not speak TLS to a TLS server is cut off", "[asio][tls][limits]") {
  const Certificate certificate;
  AsioServerOptions options = with(certificate);
  options.head_timeout = 50ms;
  AsioHost host(options);
  auto client = host.connect();
  if (GENERATE(true, false)) client.send(test::kPing);
  CHECK_NOTHROW(client.read_to_end());
  CHECK(host.idle());
}

TEST_CASE("certificates that cannot be used are refused at once", "[asio][tls]") {
  AsioServerOptions server;
  server.certificate_file = server.key_file = "/nowhere";
  CHECK_THROWS_AS(AsioHost(server), std::runtime_error);
  AsioOptions client;
  client.ca_file = "/nowhere";
  CHECK_THROWS_AS(AsioEngine(client), std::runtime_error);
}
