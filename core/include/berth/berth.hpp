// SPDX-License-Identifier: Apache-2.0
//
// All of the host API. Programs that use parts of it include those.
#pragma once

#include <berth/config.hpp>       // stores by name from a JSON file
#include <berth/errors.hpp>       // what is thrown
#include <berth/factory.hpp>      // stores by driver name, plugins
#include <berth/file_info.hpp>    // what is told about files
#include <berth/store.hpp>        // the store itself
#include <berth/store_place.hpp>  // whether two stores share objects
