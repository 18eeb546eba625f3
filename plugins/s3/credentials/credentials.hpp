// SPDX-License-Identifier: Apache-2.0
//
// The names that the sources of this driver use for what is shared with others.
#pragma once

#include "common/credentials_provider.hpp"

namespace berth::s3 {

using common::Credentials;
using common::CredentialsProvider;
using common::CredentialsSource;
using common::Found;

}  // namespace berth::s3
