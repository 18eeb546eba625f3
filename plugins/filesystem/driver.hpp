// SPDX-License-Identifier: Apache-2.0
//
// The driver `filesystem` stores each object as a file below a root directory, under its own path.
// It reads and writes the layout of the registry's driver of that name.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include <berth/driver.hpp>

#include "root.hpp"

namespace berth::filesystem {

class FilesystemDriver final : public sdk::Driver {
 public:
  static constexpr sdk::Info info{"0.1.0", "The Berth authors",
                                  "Stores each object as a file below a root directory"};
  static constexpr std::array parameters{
      sdk::Param::string("rootdirectory",
                         "Directory of the objects; created with the first object.")
          .path()
          .with_default("/var/lib/registry"),
      sdk::Param::integer("maxthreads", "Maximum number of calls at once; at least 25.")
          .with_default("100")
          .range(25, 1'000'000)
          .clamped(),
      sdk::Param::boolean("fsync", "Sync objects to disk before put, commit and move return.")
          .with_default("true"),
      sdk::Param::string("filemode",
                         "Octal mode of new files, before the process's umask is applied.")
          .with_default("0666"),
      sdk::Param::string("directorymode",
                         "Octal mode of new directories, before the umask is applied.")
          .with_default("0777"),
  };

  FilesystemDriver(const sdk::Parameters& parameters, const sdk::Call& call);

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
  void copy(std::string_view source, std::string_view destination, const sdk::CopyOptions&,
            const sdk::Call& call) override;
  void remove(std::string_view path, const sdk::RemoveOptions&, const sdk::Call& call) override;
  std::unique_ptr<sdk::Reader> reader(std::string_view path, const sdk::ReadOptions& options,
                                      const sdk::Call& call) override;
  void read_ranges(std::string_view path, const sdk::RangeRead& read,
                   const sdk::Call& call) override;
  std::unique_ptr<sdk::Writer> writer(std::string_view path, const sdk::WriteOptions& options,
                                      const sdk::Call& call) override;
  std::string place() const override;

 private:
  Root root_;
};

}  // namespace berth::filesystem
