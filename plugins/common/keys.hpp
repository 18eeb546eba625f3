// SPDX-License-Identifier: Apache-2.0
//
// How a store's paths become keys of a flat name space and back. A key never begins with '/', the
// root directory is a prefix, and a key that ends in '/' only marks a directory.
#ifndef BERTH_COMMON_KEYS_HPP
#define BERTH_COMMON_KEYS_HPP

#include <optional>
#include <string>
#include <string_view>

namespace berth::common {

class KeySpace {
 public:
  // `root` as the operator wrote it: "", "/", "reg", "/reg/". "/reg" and "reg/" are the same root.
  explicit KeySpace(std::string_view root);

  // "/a/b" -> "reg/a/b".
  [[nodiscard]] std::string key(std::string_view path) const;

  // What the keys below a directory begin with: "/a" -> "reg/a/", "/" -> "reg/" or "".
  [[nodiscard]] std::string prefix(std::string_view directory) const;

  // "reg/a/b" -> "/a/b". A key that breaks the path grammar stays as it is: "reg/a//b" -> "/a//b".
  // nullopt: outside the root, or the root itself.
  [[nodiscard]] std::optional<std::string> path(std::string_view key) const;

  // The same of a prefix that ends in a slash, without that slash: "reg/a/b/" -> "/a/b". A name
  // that is empty keeps it: "reg//" -> "//".
  [[nodiscard]] std::optional<std::string> directory(std::string_view prefix) const;

 private:
  std::string prefix_;  // "" or "reg/"
};

// Whether a path that path() or directory() returned consists of components that a path can have:
// none is empty, "." or "..".
[[nodiscard]] bool has_only_components(std::string_view path) noexcept;

}  // namespace berth::common

#endif  // BERTH_COMMON_KEYS_HPP
