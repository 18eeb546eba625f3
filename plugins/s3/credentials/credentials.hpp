// SPDX-License-Identifier: Apache-2.0
//
// The names that the sources of this driver use for what is shared with others.
#ifndef BERTH_S3_CREDENTIALS_HPP
#define BERTH_S3_CREDENTIALS_HPP

#include "common/credentials_provider.hpp"

namespace berth::s3 {

using common::Credentials;
using common::CredentialsProvider;
using common::CredentialsSource;
using common::Found;

}  // namespace berth::s3

#endif  // BERTH_S3_CREDENTIALS_HPP
