// SPDX-License-Identifier: Apache-2.0
//
// Short names for the credentials types of plugins/common.
#pragma once

#include "common/credentials_provider.hpp"

namespace berth::s3 {

using common::Credentials;
using common::CredentialsProvider;
using common::CredentialsSource;
using common::Found;

}  // namespace berth::s3
