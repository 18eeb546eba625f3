// SPDX-License-Identifier: Apache-2.0
//
// Deleting blobs, many at once.
#pragma once

#include <string>
#include <vector>

#include "container.hpp"

namespace berth::azure {

// One that is gone already is fine; one that cannot be deleted is an error that names it. Folders
// among them must hold nothing but what is among them too.
void remove_blobs(Container& container, const std::vector<std::string>& blobs,
                  const sdk::Call& call);

// Deletes the version with that ETag. PATH_NOT_FOUND if there is no blob.
void remove_blob_of(Container& container, const std::string& blob, const std::string& etag,
                    const sdk::Call& call);

}  // namespace berth::azure
