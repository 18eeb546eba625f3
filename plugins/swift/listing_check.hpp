// SPDX-License-Identifier: Apache-2.0
//
// When to believe a 404. A service with one replica gives it for an object that a PUT replaces at
// this very moment: it sees the old file's name and finds the file gone when it opens it. What the
// listing shows all the same is asked for again.
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

  // After a 404. One request; a pause before all but the first look.
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
