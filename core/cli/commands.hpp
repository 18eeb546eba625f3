// SPDX-License-Identifier: Apache-2.0
//
// One function for each command, which declares it.
#pragma once

#include "cli/command_line.hpp"

namespace berth::cli {

class Session;

void add_drivers(Command& root, Session& session);
void add_describe(Command& root, Session& session);
void add_ls(Command& root, Session& session);
void add_stat(Command& root, Session& session);
void add_tree(Command& root, Session& session);
void add_du(Command& root, Session& session);
void add_cat(Command& root, Session& session);
void add_put(Command& root, Session& session);
void add_get(Command& root, Session& session);
void add_cp(Command& root, Session& session);
void add_mv(Command& root, Session& session);
void add_rm(Command& root, Session& session);
void add_url(Command& root, Session& session);
void add_config(Command& root, Session& session);
void add_sync(Command& root, Session& session);
void add_verify(Command& root, Session& session);
void add_check(Command& root, Session& session);
void add_bench(Command& root, Session& session);

}  // namespace berth::cli
