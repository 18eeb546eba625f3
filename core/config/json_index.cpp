// SPDX-License-Identifier: Apache-2.0
//
// One pass over the text with a stack of its own. It need not judge the text: the parser did.
#include "config/json_index.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

namespace berth::config {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view scalar_end = ",]}:/\" \t\r\n";

// A config has tens of places; more than this is an accident, and its positions may be coarse.
constexpr std::size_t max_places = 10000;
constexpr std::size_t max_pointer_bytes = 1024;
constexpr std::size_t max_duplicates = 100;

bool starts_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}

// The text of a string token, quotes included.
std::string unquote(std::string_view token) {
  const auto value = nlohmann::json::parse(token, nullptr, false);
  return value.is_string() ? value.get<std::string>() : std::string(token);
}

std::string_view parent_of(std::string_view pointer) {
  const auto slash = pointer.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : pointer.substr(0, slash);
}

}  // namespace

Position position_of(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, std::min(offset, text.size()));
  const auto line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  auto line = before.substr(line_start);
  if (line_start == 0 && line.substr(0, 3) == byte_order_mark) line.remove_prefix(3);
  return {1 + static_cast<int>(std::count(before.begin(), before.end(), '\n')),
          1 + static_cast<int>(std::count_if(line.begin(), line.end(), starts_character))};
}

std::string escape_pointer(std::string_view key) {
  std::string escaped;
  for (const char c : key) {
    if (c == '~') {
      escaped += "~0";
    } else if (c == '/') {
      escaped += "~1";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

// The walk itself: `pointer_` is where it stands, one frame for each open bracket.
class JsonScan {
 public:
  explicit JsonScan(JsonIndex& index) : index_(index), text_(index.text_) {}

  void run() {
    if (text_.substr(0, 3) == byte_order_mark) at_ = 3;
    for (skip_blanks(); at_ < text_.size() && index_.too_deep_.empty(); skip_blanks()) step();
  }

 private:
  struct Frame {
    bool object = false;
    bool wants_key = false;
    std::size_t pointer_size = 0;  // of the container itself
    std::size_t element = 0;
    std::size_t key = 0;  // offset of the current key
    std::set<std::string, std::less<>> keys{};
  };

  void step() {
    switch (text_[at_]) {
      case '{':
      case '[':
        return open();
      case '}':
      case ']':
        return close();
      case ',':
        return next();
      case ':':
        ++at_;
        return;
      case '"':
        return string();
      default:
        return scalar();
    }
  }

  void open() {
    record();
    if (frames_.size() == JsonIndex::max_depth) {
      index_.too_deep_.push_back({pointer_, at_});
      return;
    }
    const bool object = text_[at_] == '{';
    frames_.push_back({.object = object, .wants_key = object, .pointer_size = pointer_.size()});
    if (!object) pointer_ += "/0";
    ++at_;
  }

  void close() {
    ++at_;
    if (frames_.empty()) return;
    pointer_.resize(frames_.back().pointer_size);
    frames_.pop_back();
  }

  void next() {
    ++at_;
    if (frames_.empty()) return;
    auto& frame = frames_.back();
    pointer_.resize(frame.pointer_size);
    frame.wants_key = frame.object;
    if (!frame.object) pointer_ += "/" + std::to_string(++frame.element);
  }

  void string() {
    const auto start = at_;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    at_ = std::min(at_ + 1, text_.size());
    if (!frames_.empty() && frames_.back().wants_key) {
      key(unquote(text_.substr(start, at_ - start)), start);
    } else {
      record_at(start);
    }
  }

  void key(std::string name, std::size_t start) {
    auto& frame = frames_.back();
    frame.wants_key = false;
    frame.key = start;
    pointer_ += "/" + escape_pointer(name);
    const bool added = frame.keys.insert(std::move(name)).second;
    if (!added && index_.duplicates_.size() < max_duplicates) {
      index_.duplicates_.push_back({pointer_, start});
    }
  }

  void scalar() {
    record();
    const auto end = text_.find_first_of(scalar_end, at_ + 1);
    at_ = end == std::string_view::npos ? text_.size() : end;
  }

  void record() { record_at(at_); }

  void record_at(std::size_t value) {
    if (index_.places_.size() >= max_places || pointer_.size() > max_pointer_bytes) return;
    const bool has_key = !frames_.empty() && frames_.back().object;
    index_.places_.emplace(pointer_, JsonIndex::Place{has_key ? frames_.back().key : value, value});
  }

  void skip_blanks() {
    for (;;) {
      at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
      if (text_.substr(at_, 2) == "//") {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (text_.substr(at_, 2) == "/*") {
        const auto end = text_.find("*/", at_ + 2);
        at_ = end == std::string_view::npos ? text_.size() : end + 2;
      } else {
        return;
      }
    }
  }

  JsonIndex& index_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::string pointer_;
  std::vector<Frame> frames_;
};

JsonIndex::JsonIndex(std::string_view text) : text_(text) {
  JsonScan(*this).run();
}

// What was not indexed has the position of the nearest container that was.
const JsonIndex::Place* JsonIndex::find(const std::string& pointer) const {
  for (std::string_view at = pointer;; at = parent_of(at)) {
    if (const auto place = places_.find(at); place != places_.end()) return &place->second;
    if (at.empty()) return nullptr;
  }
}

Position JsonIndex::value_position(const std::string& pointer) const {
  const auto* place = find(pointer);
  return place == nullptr ? Position{} : position_of(text_, place->value);
}

Position JsonIndex::key_position(const std::string& pointer) const {
  const auto* place = find(pointer);
  return place == nullptr ? Position{} : position_of(text_, place->key);
}

}  // namespace berth::config
