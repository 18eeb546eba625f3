// SPDX-License-Identifier: Apache-2.0
//
// Digests, keyed digests and the text forms of bytes that the services' signatures and checksums
// are made of. All of it is OpenSSL's; raw digests travel as std::string.
#ifndef BERTH_COMMON_CRYPTO_HPP
#define BERTH_COMMON_CRYPTO_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace berth::common {

enum class Hash { md5, sha1, sha256, sha512 };

// A digest over pieces. One call at a time.
class Digest {
 public:
  explicit Digest(Hash hash);

  void update(std::string_view bytes);

  // The raw digest of all pieces so far; the object is then as new.
  [[nodiscard]] std::string finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  Hash hash_;
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

[[nodiscard]] std::string digest(Hash hash, std::string_view bytes);
[[nodiscard]] std::string hmac(Hash hash, std::string_view key, std::string_view bytes);

[[nodiscard]] inline std::string md5(std::string_view bytes) {
  return digest(Hash::md5, bytes);
}
[[nodiscard]] inline std::string sha256(std::string_view bytes) {
  return digest(Hash::sha256, bytes);
}
[[nodiscard]] inline std::string hmac_sha1(std::string_view key, std::string_view bytes) {
  return hmac(Hash::sha1, key, bytes);
}
[[nodiscard]] inline std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  return hmac(Hash::sha256, key, bytes);
}

[[nodiscard]] std::string hex(std::string_view bytes);                     // lower case
[[nodiscard]] std::optional<std::string> from_hex(std::string_view text);  // nullopt: not hex
[[nodiscard]] std::string base64(std::string_view bytes);                  // padded, no line breaks
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);  // nullopt: not base64

// CRC-32C (Castagnoli). Continue with the value of the bytes before. The digest that services take
// is its four bytes, most significant first: see crc32c_bytes().
[[nodiscard]] uint32_t crc32c(std::string_view bytes, uint32_t before = 0) noexcept;
[[nodiscard]] std::string crc32c_bytes(uint32_t crc);

[[nodiscard]] std::string random_bytes(size_t count);  // from the operating system's generator

// Keeps OpenSSL usable while the program exits, for stores that are used by destructors of static
// objects and by threads that outlive main(). Without effect when the program used OpenSSL before;
// then it is cleaned up at exit, openssl_is_usable() returns false, and the functions above throw.
// Call before the first use of OpenSSL. [any]
void keep_openssl_at_exit() noexcept;
void require_openssl();  // throws WRONG_STATE unless it is usable
[[nodiscard]] bool openssl_is_usable() noexcept;

}  // namespace berth::common

#endif  // BERTH_COMMON_CRYPTO_HPP
