// SPDX-License-Identifier: Apache-2.0
//
// Confirms a 404. A service with one replica also answers HTTP 404 for an object that a PUT is just
// replacing: it finds the old file's name and fails to open it. If the listing shows the object,
// the request is repeated.
//
//   ListingCheck listing(container, object, call);
//   do {
//     if (auto info = container.head(object, call)) return info;
//   } while (listing.is_due());
#pragma once

#include <berth/driver.hpp>
#include <string>

namespace berth::swift {

class Container;

class ListingCheck {
 public:
  // All three are borrowed.
  ListingCheck(Container& container, const std::string& object, const sdk::Call& call) noexcept
      : container_(container), object_(object), call_(call) {}

  // Call it after a 404: true if the listing shows the object. Sends one request, after a pause
  // from the second time on.
  [[nodiscard]] bool is_due();

  // The first name in the listing that begins with the object's, as is_due() saw it last.
  [[nodiscard]] const std::string& first_name() const noexcept { return first_name_; }

 private:
  Container& container_;
  const std::string& object_;
  const sdk::Call& call_;
  int attempts_ = 0;
  std::string first_name_;
};

}  // namespace berth::swift
