// SPDX-License-Identifier: Apache-2.0
//
// Returns no reader and no writer, and throws nothing.
#include "fake.hpp"

using namespace berth::sdk;

namespace {

class NullStreams final : public Fake {
 public:
  NullStreams(const Parameters&, const Call&) {}
  std::unique_ptr<Reader> reader(std::string_view, const ReadOptions&, const Call&) override {
    return nullptr;
  }
  std::unique_ptr<Writer> writer(std::string_view, const WriteOptions&, const Call&) override {
    return nullptr;
  }
};

}  // namespace

BERTH_DRIVER(null_streams, NullStreams);
