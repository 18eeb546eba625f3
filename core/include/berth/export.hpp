// SPDX-License-Identifier: Apache-2.0
//
// What libberth exports; everything else in it is hidden.
#pragma once

#define BERTH_API __attribute__((visibility("default")))
