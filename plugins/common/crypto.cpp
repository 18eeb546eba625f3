// SPDX-License-Identifier: Apache-2.0
//
// OpenSSL does the digests; CRC-32C is the processor's instruction where there is one, and
// Boost.CRC elsewhere.
#include "common/crypto.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <berth/driver.hpp>
#include <boost/crc.hpp>
#include <cstring>
#include <stdexcept>

namespace berth::common {
namespace {

const EVP_MD* algorithm(Hash hash) noexcept {
  switch (hash) {
    case Hash::md5:
      return EVP_md5();
    case Hash::sha1:
      return EVP_sha1();
    case Hash::sha256:
      return EVP_sha256();
    case Hash::sha512:
      return EVP_sha512();
  }
  return nullptr;
}

// Fails only where a policy of the machine forbids the algorithm, such as MD5 in FIPS mode.
void require(int ok) {
  if (ok != 1) throw std::runtime_error("OpenSSL refuses the digest; does FIPS mode forbid it?");
}

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) noexcept {
  return reinterpret_cast<unsigned char*>(text.data());
}

uint32_t crc32c_portable(std::string_view bytes, uint32_t before) noexcept {
  // Boost keeps the remainder bit-reversed and un-complemented; `before` is the finished form.
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  uint32_t reversed = 0;
  for (uint32_t bit = 0, state = ~before; bit < 32; ++bit)
    if (state >> bit & 1) reversed |= UINT32_C(1) << (31 - bit);
  crc.reset(reversed);
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t crc32c_sse42(std::string_view bytes,
                                                        uint32_t before) noexcept {
  uint64_t state = ~before;
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  for (uint64_t word; end - at >= 8; at += 8) {
    std::memcpy(&word, at, sizeof word);
    state = __builtin_ia32_crc32di(state, word);
  }
  auto narrow = static_cast<uint32_t>(state);
  for (; at != end; ++at) narrow = __builtin_ia32_crc32qi(narrow, static_cast<unsigned char>(*at));
  return ~narrow;
}
#endif

}  // namespace

void Digest::Free::operator()(evp_md_ctx_st* context) const noexcept {
  EVP_MD_CTX_free(context);
}

Digest::Digest(Hash hash) : hash_(hash) {
  require_openssl();
  context_.reset(EVP_MD_CTX_new());
  if (!context_) throw std::bad_alloc();
  require(EVP_DigestInit_ex(context_.get(), algorithm(hash), nullptr));
}

void Digest::update(std::string_view bytes) {
  require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

std::string Digest::finish() {
  std::string result(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  require(EVP_DigestFinal_ex(context_.get(), bytes_of(result), &size));
  require(EVP_DigestInit_ex(context_.get(), algorithm(hash_), nullptr));
  result.resize(size);
  return result;
}

std::string digest(Hash hash, std::string_view bytes) {
  require_openssl();
  std::string result(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  require(
      EVP_Digest(bytes.data(), bytes.size(), bytes_of(result), &size, algorithm(hash), nullptr));
  result.resize(size);
  return result;
}

std::string hmac(Hash hash, std::string_view key, std::string_view bytes) {
  require_openssl();
  std::string result(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  const bool ok = HMAC(algorithm(hash), key.data(), static_cast<int>(key.size()), bytes_of(bytes),
                       bytes.size(), bytes_of(result), &size) != nullptr;
  require(ok ? 1 : 0);
  result.resize(size);
  return result;
}

std::string hex(std::string_view bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const unsigned char byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::optional<std::string> from_hex(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]), low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(bytes_of(text), bytes_of(bytes), static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(size));
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes(text.size() / 4 * 3 + 1, '\0');
  const int size = EVP_DecodeBlock(bytes_of(bytes), bytes_of(text), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  size_t padding = 0;  // EVP_DecodeBlock counts the padding as bytes
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  bytes.resize(static_cast<size_t>(size) - padding);
  return bytes;
}

uint32_t crc32c(std::string_view bytes, uint32_t before) noexcept {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) return crc32c_sse42(bytes, before);
#endif
  return crc32c_portable(bytes, before);
}

std::string crc32c_bytes(uint32_t crc) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(crc >> shift & 0xFF);
  return bytes;
}

std::string random_bytes(size_t count) {
  require_openssl();
  std::string bytes(count, '\0');
  if (RAND_bytes(bytes_of(bytes), static_cast<int>(count)) != 1)
    throw std::runtime_error("the operating system gives no random bytes");
  return bytes;
}

void require_openssl() {
  if (!openssl_is_usable())
    throw sdk::Error(BERTH_STATUS_WRONG_STATE,
                     "the program is exiting and OpenSSL has been cleaned up; use the store before "
                     "main() returns");
}

void keep_openssl_at_exit() noexcept {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
}

// Fails once OpenSSL was cleaned up, and only then.
bool openssl_is_usable() noexcept {
  return OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr) == 1;
}

}  // namespace berth::common
