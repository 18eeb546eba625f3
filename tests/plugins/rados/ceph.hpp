// SPDX-License-Identifier: Apache-2.0
//
// For tests on a real Ceph (tests/servers/ceph.sh): a RADOS namespace for each case, and the
// `rados` tool as a client that shares no code with the driver.
#pragma once

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "driver.hpp"
#include "layout.hpp"
#include "session.hpp"
#include "support/driver_calls.hpp"

namespace berth::test {

inline std::string server_env(const char* name) {
  const char* const value = std::getenv(name);
  if (!value)
    throw std::runtime_error(std::string(name) +
                             " is not set; run tests/servers/ceph.sh start, and set the "
                             "variables that tests/servers/ceph.sh env prints");
  return value;
}

inline std::string quoted(const std::string& text) {
  std::string shell = "'";
  for (const char c : text) shell += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return shell + "'";
}

// What the command printed; throws when it fails.
inline std::string output_of(const std::string& command) {
  FILE* const pipe = ::popen(command.c_str(), "r");
  if (!pipe) throw std::runtime_error("cannot run " + command);
  std::string out;
  std::array<char, 4096> buffer;
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe))
    out.append(buffer.data(), got);
  const int status = ::pclose(pipe);
  if (status != 0) throw std::runtime_error("failed: " + command + "\n" + out);
  return out;
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

// A namespace of the pool, emptied by the destructor.
class CephSpace {
 public:
  using Given = std::map<std::string, std::string>;

  CephSpace() : name_("test-" + rados::random_token()) {}
  ~CephSpace() {
    try {
      tool("ls | xargs -r -d '\\n' " + tool_command() + " rm --");
    } catch (const std::exception& error) {
      std::fprintf(stderr, "cannot empty namespace %s: %s\n", name_.c_str(), error.what());
    }
  }
  CephSpace(const CephSpace&) = delete;
  CephSpace& operator=(const CephSpace&) = delete;

  const std::string& name() const noexcept { return name_; }

  Given parameters(const Given& more = {}) const {
    Given all{{"poolname", server_env("BERTH_CEPH_POOL")},
              {"username", server_env("BERTH_CEPH_USER")},
              {"configfile", server_env("BERTH_CEPH_CONF")},
              {"keyring", server_env("BERTH_CEPH_KEYRING")},
              {"namespace", name_}};
    for (const auto& [key, value] : more) all[key] = value;
    return all;
  }

  std::unique_ptr<rados::RadosDriver> open(const Given& more = {}) const {
    return open_driver<rados::RadosDriver>(parameters(more));
  }

  std::string tool_command() const {
    return "rados -c " + quoted(server_env("BERTH_CEPH_CONF")) + " -n " +
           server_env("BERTH_CEPH_USER") + " -p " + server_env("BERTH_CEPH_POOL") + " -N " + name_;
  }
  // Runs the tool; `arguments` is shell text.
  std::string tool(const std::string& arguments) const {
    return output_of(tool_command() + " " + arguments);
  }
  std::vector<std::string> objects() const { return lines_of(tool("ls | sort")); }
  std::vector<std::string> chunks() const {
    return lines_of(tool("ls | { grep ^blob: || true; } | sort"));
  }

 private:
  const std::string name_;
};

// For tests of a single class of the driver.
inline rados::Settings settings_of(const CephSpace& space) {
  constexpr std::string_view kind = "client.";
  const std::string user = server_env("BERTH_CEPH_USER");
  rados::Settings settings;
  settings.pool = server_env("BERTH_CEPH_POOL");
  settings.user = user.compare(0, kind.size(), kind) == 0 ? user.substr(kind.size()) : user;
  settings.config_file = server_env("BERTH_CEPH_CONF");
  settings.keyring = server_env("BERTH_CEPH_KEYRING");
  settings.name_space = space.name();
  settings.root = "/";
  settings.mount_timeout = settings.mon_timeout = settings.osd_timeout = std::chrono::seconds(10);
  return settings;
}

}  // namespace berth::test
