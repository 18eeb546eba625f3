// SPDX-License-Identifier: Apache-2.0
//
// One function a verb: adds it to the command line; parsing it then sets session.verb.
#pragma once

namespace CLI {
class App;
}

namespace berth::cli {

class Session;

void add_drivers(CLI::App& app, Session& session);
void add_describe(CLI::App& app, Session& session);
void add_ls(CLI::App& app, Session& session);
void add_stat(CLI::App& app, Session& session);
void add_tree(CLI::App& app, Session& session);
void add_du(CLI::App& app, Session& session);
void add_cat(CLI::App& app, Session& session);
void add_put(CLI::App& app, Session& session);
void add_get(CLI::App& app, Session& session);
void add_cp(CLI::App& app, Session& session);
void add_mv(CLI::App& app, Session& session);
void add_rm(CLI::App& app, Session& session);
void add_url(CLI::App& app, Session& session);
void add_config(CLI::App& app, Session& session);
void add_sync(CLI::App& app, Session& session);
void add_verify(CLI::App& app, Session& session);
void add_check(CLI::App& app, Session& session);
void add_bench(CLI::App& app, Session& session);

}  // namespace berth::cli
