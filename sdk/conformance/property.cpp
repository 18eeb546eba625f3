// SPDX-License-Identifier: Apache-2.0
//
// Runs random sequences against the store and the model. A failure reports the shortest sequence
// found that still fails.
#include <algorithm>

#include "sequence.hpp"
#include "tests.hpp"

namespace berth::conformance {
namespace {

// One run: two stores, the model, and a directory that no other run has used.
class Execution final {
 public:
  Execution(Context& t, Store second, std::string directory)
      : t_(t), second_(std::move(second)), directory_(std::move(directory)) {}

  void run(const Step& step);

 private:
  Store& store(const Step& step) { return step.second_store ? second_ : t_.store(); }
  std::string full(std::string_view path) const {
    return path.empty() ? directory_ : directory_ + "/" + std::string(path);
  }
  template <class Call>
  void expect_missing(const Step& step, Call&& call) {
    t_.expect_missing(to_string(step), full(step.path), std::forward<Call>(call));
  }
  static std::string content_of(const Step& step) { return Random(step.seed).bytes(step.size); }
  // Paths relative to the directory. Leaves out empty directories if the store may show them.
  std::vector<ModelEntry> relative(const std::vector<ModelEntry>& seen) const;
  void expect_entries(const Step& step, const std::vector<ModelEntry>& expected,
                      std::vector<ModelEntry> seen) const;

  void put(const Step& step);
  void create(const Step& step);
  void write(const Step& step);
  void append(const Step& step);
  // in_place: appended data may show before the commit.
  void finish(const Step& step, Writer& writer, const std::string& base, bool in_place);
  void transfer(const Step& step);
  void remove(const Step& step);
  void stat(const Step& step);
  void list(const Step& step);
  void walk(const Step& step);
  void get(const Step& step);
  void read(const Step& step);

  Context& t_;
  Store second_;
  const std::string directory_;
  Model model_;
};

void Execution::put(const Step& step) {
  store(step).put_content(full(step.path), content_of(step));
  model_.set(step.path, content_of(step));
  model_.void_upload(step.path);
}

void Execution::create(const Step& step) {
  if (!t_.caps().create_only) return;
  const auto call = [&] {
    store(step).put_content(full(step.path), content_of(step), {.create_only = true});
  };
  if (model_.object(step.path)) {
    expect_error<AlreadyExistsError>(to_string(step), call);
    return;
  }
  call();
  model_.set(step.path, content_of(step));
  model_.void_upload(step.path);
}

void Execution::write(const Step& step) {
  Writer writer = store(step).writer(full(step.path));
  const bool was_clear = !model_.upload(step.path) && !model_.upload_is_unclear(step.path);
  finish(step, writer, "", false);
  // A driver may discard the older upload at open, or only when a newer one replaces it.
  if (step.finish == Finish::cancel && !was_clear) model_.make_upload_unclear(step.path);
}

void Execution::append(const Step& step) {
  if (model_.upload_is_unclear(step.path)) return;
  const auto upload = model_.upload(step.path);
  const std::string* object = model_.object(step.path);
  const auto open = [&] { return store(step).writer(full(step.path), {.append = true}); };
  if (!upload && !object) {
    expect_missing(step, [&] { (void)open(); });
    return;
  }
  const std::string base = upload ? *upload : *object;
  Writer writer = open();
  expect_number(to_string(step) + ": Writer::size after the open", base.size(), writer.size());
  finish(step, writer, base, !upload);
}

void Execution::finish(const Step& step, Writer& writer, const std::string& base, bool in_place) {
  const std::string content = content_of(step);
  std::string_view rest = content;
  for (; !rest.empty(); rest.remove_prefix(std::min(step.piece, rest.size())))
    writer.write(rest.substr(0, step.piece));
  const std::string all = base + content;
  expect_number(to_string(step) + ": Writer::size", all.size(), writer.size());
  // Where closed data may show, the contract does not say what a reader sees: commit instead.
  const bool commit = step.finish == Finish::commit || (step.finish == Finish::close && in_place);
  if (commit) writer.commit();
  if (step.finish == Finish::cancel) writer.cancel();
  writer.close();
  model_.void_upload(step.path);
  if (commit) model_.set(step.path, all);
  if (commit || step.finish == Finish::cancel) return;
  if (!all.empty()) return model_.keep_upload(step.path, all);
  model_.make_upload_unclear(step.path);  // a driver may keep an upload of no bytes, or none
}

void Execution::transfer(const Step& step) {
  if (step.path == step.other) return;  // tested by move/to-itself and copy/to-itself
  const bool moves = step.op == Op::move;
  const auto call = [&] {
    if (moves) store(step).move(full(step.path), full(step.other));
    if (!moves) store(step).copy(full(step.path), full(step.other));
  };
  const std::string* object = model_.object(step.path);
  if (!object) return expect_missing(step, call);
  call();
  if (moves) model_.void_upload(step.path);
  model_.void_upload(step.other);
  model_.set(step.other, std::string(*object));
  if (moves) model_.remove(step.path);
}

void Execution::remove(const Step& step) {
  const auto call = [&] { store(step).remove(full(step.path)); };
  const bool objects = model_.remove(step.path);
  const bool uploads = model_.has_uploads(step.path);
  const bool unclear = model_.has_unclear_uploads(step.path);
  model_.void_uploads(step.path);
  if (objects || uploads) return call();
  if (!unclear && !t_.caps().empty_directories) return expect_missing(step, call);
  try {
    call();
  } catch (const PathNotFoundError&) {
    // The contract allows both: an empty upload or directory, or nothing.
  }
}

void Execution::stat(const Step& step) {
  const std::string* object = model_.object(step.path);
  const bool directory = model_.is_directory(step.path);
  if (!object && !directory && t_.caps().empty_directories) return;
  if (!object && !directory)
    return expect_missing(step, [&] { (void)store(step).stat(full(step.path)); });
  const FileInfo info = store(step).stat(full(step.path));
  expect(info.is_directory == directory,
         to_string(step) + ": expected a " + (directory ? "directory" : "file"));
  expect_number(to_string(step) + ": size", object ? object->size() : 0, info.size);
}

std::vector<ModelEntry> Execution::relative(const std::vector<ModelEntry>& seen) const {
  std::vector<ModelEntry> entries;
  for (const ModelEntry& entry : seen) {
    expect(entry.path.starts_with(directory_ + "/"),
           "list or walk: expected only paths below " + directory_ + ", got " + shown(entry.path));
    ModelEntry own = entry;
    own.path.erase(0, directory_.size() + 1);
    if (entry.directory && t_.caps().empty_directories && !model_.is_directory(own.path)) continue;
    entries.push_back(std::move(own));
  }
  return entries;
}

void Execution::expect_entries(const Step& step, const std::vector<ModelEntry>& expected,
                               std::vector<ModelEntry> seen) const {
  const auto words = [](const std::vector<ModelEntry>& entries) {
    Paths paths;
    for (const ModelEntry& entry : entries)
      paths.push_back(walk_key(entry.path, entry.directory) +
                      (entry.directory ? "" : " " + std::to_string(entry.size)));
    return paths;
  };
  expect_paths(to_string(step), words(expected), words(relative(seen)));
}

void Execution::list(const Step& step) {
  std::vector<ModelEntry> seen;
  const auto call = [&] {
    store(step).list(full(step.path), [&](const Entry& entry) {
      seen.push_back({std::string(entry.path), entry.is_directory, entry.size.value_or(0)});
      return Visit::carry_on;
    });
  };
  std::vector<ModelEntry> expected = model_.children(step.path);
  if (expected.empty() && t_.caps().empty_directories) return;
  if (expected.empty()) return expect_missing(step, call);
  call();
  std::sort(seen.begin(), seen.end(), [](const ModelEntry& a, const ModelEntry& b) {
    return walk_key(a.path, a.directory) < walk_key(b.path, b.directory);
  });
  for (ModelEntry& entry : expected) entry.size = 0;  // list need not report sizes
  for (ModelEntry& entry : seen) entry.size = 0;
  expect_entries(step, expected, std::move(seen));
}

void Execution::walk(const Step& step) {
  std::vector<ModelEntry> seen;
  const auto call = [&] {
    store(step).walk(
        full(step.path),
        [&](const Entry& entry) {
          seen.push_back({std::string(entry.path), entry.is_directory, entry.size.value_or(0)});
          return Visit::carry_on;
        },
        {step.other.empty() ? std::string() : full(step.other)});
  };
  const bool there = model_.is_directory(step.path);
  if (!there && t_.caps().empty_directories) return;
  if (!there) return expect_missing(step, call);
  const std::string& hint = step.other;
  const bool directory = !model_.object(hint) && model_.is_directory(hint);
  const auto expected = model_.below(step.path, hint.empty() ? hint : walk_key(hint, directory));
  // A walk need not find out whether a start_after outside its path is a directory.
  if (directory && !hint.starts_with(step.path) &&
      model_.below(step.path, hint).size() != expected.size())
    return;
  call();
  expect_entries(step, expected, std::move(seen));
}

void Execution::get(const Step& step) {
  const std::string* object = model_.object(step.path);
  const auto call = [&] { return store(step).get_content(full(step.path)); };
  if (!object) return expect_missing(step, [&] { (void)call(); });
  expect_bytes(to_string(step), *object, call());
}

void Execution::read(const Step& step) {
  const std::string* object = model_.object(step.path);
  const auto open = [&] {
    return store(step).reader(full(step.path), static_cast<std::int64_t>(step.offset), step.length);
  };
  if (!object) return expect_missing(step, [&] { (void)open(); });
  Reader reader = open();
  const std::size_t offset = std::min(step.offset, object->size());
  expect_bytes(to_string(step), std::string_view(*object).substr(offset, step.length),
               drain(reader));
}

void Execution::run(const Step& step) {
  using Handler = void (Execution::*)(const Step&);
  constexpr Handler handlers[] = {&Execution::put,    &Execution::create,   &Execution::write,
                                  &Execution::append, &Execution::transfer, &Execution::transfer,
                                  &Execution::remove, &Execution::stat,     &Execution::list,
                                  &Execution::walk,   &Execution::get,      &Execution::read};
  (this->*handlers[static_cast<std::size_t>(step.op)])(step);
}

std::string sequence_text(const Steps& steps) {
  std::string text;
  for (std::size_t i = 0; i < steps.size(); ++i)
    text += "\n    " + std::to_string(i + 1) + ". " + to_string(steps[i]);
  return text;
}

void random_sequences(Context& t, const Mixture& mixture) {
  const unsigned fallback = t.quick() ? 400 : 3000;
  const unsigned count = t.options().steps == 0 ? fallback : t.options().steps;
  Steps steps = make_steps(t.random(), count, t.quick(), mixture);
  const Run run = run_steps(t, steps);
  if (run.text.empty()) return;
  steps.resize(run.failed_at + 1);
  const std::size_t length = steps.size();
  steps = shorten(t, std::move(steps));
  const Run shorter = run_steps(t, steps);  // a race condition may not occur again
  fail((shorter.text.empty() ? run.text : shorter.text) + "\n  at step " + std::to_string(length) +
       "; a shorter sequence that fails:" + sequence_text(steps));
}

void objects(Context& t) {
  random_sequences(t, {});
}

void writers(Context& t) {
  random_sequences(t, {.writers = true});
}

void two_stores(Context& t) {
  if (!t.shared()) skip("two stores of this driver do not share data");
  random_sequences(t, {.writers = t.caps().resume, .two_stores = true});
}

constexpr Test tests[] = {
    {"property/objects", "", "Random calls on objects agree with a model.", objects},
    {"property/writers", "", "Random calls on objects and writers agree with a model.", writers},
    {"property/two-stores", "", "Random calls on two stores of the same data agree with a model.",
     two_stores},
};

}  // namespace

Run run_steps(Context& t, const Steps& steps) {
  Execution execution(t, t.another(), t.path("run-" + t.random().name(6)));
  for (std::size_t i = 0; i < steps.size(); ++i) try {
      execution.run(steps[i]);
    } catch (const Failure& failure) {
      return {failure.what(), i};
    } catch (const Error& error) {
      return {to_string(steps[i]) + ": unexpected " + described(error), i};
    }
  return {};
}

std::span<const Test> property_tests() {
  return tests;
}

}  // namespace berth::conformance
