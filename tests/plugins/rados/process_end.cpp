// SPDX-License-Identifier: Apache-2.0
//
// A program that uses a store of the driver `rados` through the host and then exits or forks, as
// the argument says. Exit code 0: everything went as expected. A crash or a hang is a failure as
// well.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>

#include <berth/berth.hpp>

namespace {

using berth::Store;

enum class Expected { nothing, works, refused };

bool is_refused(Store& store) {
  try {
    store.get_content("/f");
  } catch (const berth::WrongStateError&) {
    return true;
  }
  return false;
}

// Uses its store in its destructor, and ends the program with exit code 1 if that is not as
// expected.
struct UserAtExit {
  ~UserAtExit() {
    const bool as_expected =
        expected == Expected::nothing ||
        (expected == Expected::works ? store->get_content("/f") == "x" : is_refused(*store));
    store.reset();
    if (!as_expected) ::_exit(1);
  }
  std::optional<Store> store;
  Expected expected = Expected::nothing;
};

UserAtExit early;  // constructed before librados is loaded, so it is destroyed after librados

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  if (!value)
    throw std::runtime_error(std::string(name) + " is not set; see tests/servers/ceph.sh");
  return value;
}

Store open_store(const std::string& way) {
  berth::factory::load(RADOS_PLUGIN);
  return berth::factory::create("rados", nlohmann::json{{"poolname", variable("BERTH_CEPH_POOL")},
                                                        {"username", variable("BERTH_CEPH_USER")},
                                                        {"configfile", variable("BERTH_CEPH_CONF")},
                                                        {"keyring", variable("BERTH_CEPH_KEYRING")},
                                                        {"namespace", "process-end-" + way}});
}

int exit_code_of(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// The child uses the store, for which the host connects again, and exits with it open.
int use_in_child(Store& store, const std::function<void()>& in_parent) {
  berth::Reader reader = store.reader("/f");
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    if (store.get_content("/f") != "x") std::exit(10);
    store.put_content("/child", "y");
    try {
      reader.read_all();
      std::exit(11);
    } catch (const berth::WrongStateError&) {
    }
    std::exit(0);
  }
  in_parent();
  const int code = exit_code_of(child);
  if (code != 0) return code;
  return store.get_content("/child") == "y" && reader.read_all() == "x" ? 0 : 12;
}

const std::map<std::string, std::function<int(Store&)>> ways = {
    {"return", [](Store&) { return 0; }},
    {"exit", [](Store&) -> int { std::exit(0); }},
    {"quick_exit", [](Store&) -> int { std::quick_exit(0); }},
    {"static-before",
     [](Store&) {
       early.expected = Expected::refused;
       return 0;
     }},
    {"static-after",
     [](Store& store) {
       static UserAtExit late;  // constructed after librados, so it is destroyed first
       late.store = store;
       late.expected = Expected::works;
       return 0;
     }},
    {"fork", [](Store& store) { return use_in_child(store, [] {}); }},
    {"fork-busy",
     [](Store& store) {
       return use_in_child(store, [&] {
         for (int i = 0; i < 50; ++i) store.put_content("/parent", std::to_string(i));
       });
     }},
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 || !ways.contains(argv[1])) return 2;
  early.store = open_store(argv[1]);
  early.store->put_content("/f", "x");
  return ways.at(argv[1])(*early.store);
}
