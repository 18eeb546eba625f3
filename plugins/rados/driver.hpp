// SPDX-License-Identifier: Apache-2.0
//
// The driver `rados` stores files in a Ceph pool, in the layout of the registry's driver of that
// name. README.md describes the layout and the promises.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include <berth/driver.hpp>

namespace berth::rados {

class RadosDriver final : public sdk::Driver {
 public:
  static constexpr sdk::Info info{"0.1.0", "The Berth authors",
                                  "Stores objects in a Ceph pool (RADOS)"};
  static constexpr std::array parameters{
      sdk::Param::string("poolname", "Pool to store in.").required(),
      sdk::Param::string("username", "cephx user, without \"client.\"; default: admin."),
      sdk::Param::bytes("chunksize", "Size of the objects that a file is stored in.")
          .with_default("4194304")
          .range(1, 134217728),
      sdk::Param::string("configfile", "Path of ceph.conf; default: the standard locations.")
          .path(),
      sdk::Param::string("keyring", "Path of the user's keyring; default: as in ceph.conf.").path(),
      sdk::Param::string("clustername", "Name of the cluster.").with_default("ceph"),
      sdk::Param::string("monhost",
                         "Monitors, such as v2:10.0.0.1:3300; default: as in ceph.conf."),
      sdk::Param::string("namespace", "RADOS namespace in the pool."),
      sdk::Param::string("rootdirectory", "Directory in the pool that is \"/\" of the store.")
          .with_default("/"),
      sdk::Param::millis("mounttimeout", "How long to wait for the monitors at open.")
          .with_default("10000")
          .range(1000, 3600000),
      sdk::Param::millis("montimeout", "How long to wait for a monitor after open.")
          .with_default("10000")
          .range(1000, 3600000),
      sdk::Param::millis("osdtimeout",
                         "How long to wait for an OSD; failover to another takes about 20 s.")
          .with_default("30000")
          .range(1000, 3600000),
      sdk::Param::string("view",
                         "What the store shows: files, or orphans: chunks that no file uses.")
          .with_default("files")
          .one_of("files|orphans"),
      sdk::Param::millis("minage", "Minimum age of the orphans that are shown.")
          .with_default("86400000")
          .range(0, 315360000000)};

  RadosDriver(const sdk::Parameters& parameters, const sdk::Call& call);
  ~RadosDriver() override;

  sdk::Capabilities capabilities() const noexcept override;
  void get(std::string_view path, const sdk::Buffer& into, const sdk::Call& call) override;
  void put(std::string_view path, std::string_view bytes, const sdk::WriteOptions& options,
           const sdk::Call& call) override;
  sdk::Stat stat(std::string_view path, const sdk::Call& call) override;
  void list(std::string_view path, const sdk::ListOptions& options, const sdk::Sink& sink,
            const sdk::Call& call) override;
  void walk(std::string_view path, const sdk::ListOptions& options, const sdk::Sink& sink,
            const sdk::Call& call) override;
  void move(std::string_view source, std::string_view destination, const sdk::CopyOptions&,
            const sdk::Call& call) override;
  void remove(std::string_view path, const sdk::RemoveOptions&, const sdk::Call& call) override;
  std::unique_ptr<sdk::Reader> reader(std::string_view path, const sdk::ReadOptions& options,
                                      const sdk::Call& call) override;
  std::unique_ptr<sdk::Writer> writer(std::string_view path, const sdk::WriteOptions& options,
                                      const sdk::Call& call) override;
  std::string place() const override;

 private:
  class Pool;
  std::unique_ptr<Pool> pool_;
  std::unique_ptr<sdk::Driver> orphans_;  // with `view: orphans`, handles every call
};

}  // namespace berth::rados
