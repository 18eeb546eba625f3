// SPDX-License-Identifier: Apache-2.0
//
// An EC key and an X.509 certificate by OpenSSL; the certificate is its own CA.
#include "support/certificate.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace berth::test {
namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<&EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, Deleter<&X509_free>>;
using Bio = std::unique_ptr<BIO, Deleter<&BIO_free_all>>;
using Extension = std::unique_ptr<X509_EXTENSION, Deleter<&X509_EXTENSION_free>>;

void must(bool good) {
  if (!good) throw std::runtime_error("OpenSSL cannot create the certificate of the test");
}

void extend(X509* cert, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, cert, cert, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str()));
  must(extension && X509_add_ext(cert, extension.get(), -1) == 1);
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(size)};
}

}  // namespace

Certificate::Certificate(const std::string& host) {
  const Key key(EVP_EC_gen("P-256"));
  const Cert cert(X509_new());
  must(key && cert);
  X509_set_version(cert.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), 3600);
  X509_set_pubkey(cert.get(), key.get());
  X509_NAME* const name = X509_get_subject_name(cert.get());
  const auto* const text = reinterpret_cast<const unsigned char*>(host.c_str());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
  X509_set_issuer_name(cert.get(), name);
  extend(cert.get(), NID_basic_constraints, "critical,CA:TRUE");
  extend(cert.get(), NID_subject_alt_name, "DNS:" + host + ",IP:127.0.0.1");
  must(X509_sign(cert.get(), key.get(), EVP_sha256()) > 0);

  const Bio cert_bio(BIO_new(BIO_s_mem()));
  const Bio key_bio(BIO_new(BIO_s_mem()));
  must(PEM_write_bio_X509(cert_bio.get(), cert.get()) == 1);
  must(PEM_write_bio_PrivateKey(key_bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) ==
       1);
  pem_ = text_of(cert_bio.get());
  key_ = text_of(key_bio.get());
}

std::shared_ptr<ssl_ctx_st> Certificate::server_context(int newest_version) const {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  const Bio cert_bio(BIO_new_mem_buf(pem_.data(), static_cast<int>(pem_.size())));
  const Bio key_bio(BIO_new_mem_buf(key_.data(), static_cast<int>(key_.size())));
  const Cert cert(PEM_read_bio_X509(cert_bio.get(), nullptr, nullptr, nullptr));
  const Key key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, nullptr));
  must(context && cert && key);
  must(SSL_CTX_use_certificate(context.get(), cert.get()) == 1);
  must(SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1);
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), newest_version);
  return context;
}

}  // namespace berth::test
