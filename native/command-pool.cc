// The threads behind RunCommand, and the way back to the environment that asked.
#include "command-pool.h"

#include "addon.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>
#include <unordered_map>

Command::Command(const char *name, int fd, const void *data, size_t bytes, uint32_t timeout_ms)
    : name_(name), timeout_ms_(timeout_ms), bytes_(data == nullptr ? 0 : bytes) {
  fd_ = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (fd_ < 0) {
    defect_ = errno;
    return;
  }
  if (bytes_ == 0) return;
  // On a page boundary no driver has to bounce it.
  void *memory = nullptr;
  defect_ = posix_memalign(&memory, 4096, bytes_);
  if (defect_ != 0) return;
  memcpy(memory, data, bytes_);
  data_.reset(static_cast<uint8_t *>(memory));
}

Command::~Command() { CloseDevice(); }

void Command::CloseDevice() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

void Command::Free::operator()(uint8_t *memory) const { free(memory); }

namespace {

using Clock = std::chrono::steady_clock;

// Every path may have a hanging command or two: more threads than paths that hang at once, or the
// healthy ones would not be heard. One costs little but its stack's first pages.
constexpr size_t kMaxThreads = 1024;
constexpr size_t kStackBytes = 128 * 1024;
constexpr auto kIdle = std::chrono::seconds(10);

// Where an environment's commands come back to. Threads hold it while they run, so it outlives
// the environment; what belongs to JavaScript is touched on the environment's thread alone.
//
// Teardown: Node runs cleanup hooks last in, first out, so Close runs before the hook with which
// the thread-safe function removes itself. After Close no thread calls that function (`mutex_`),
// and none waits for a thread: one that hangs finds the outlet closed when it comes back, and
// frees its command, which is all its own memory. A command that was already on its way is given
// to CallJs without an environment.
class Outlet {
 public:
  static std::shared_ptr<Outlet> Of(Napi::Env env);

  // On a thread of the pool.
  void Deliver(std::unique_ptr<Command> command, int error) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (function_ == nullptr) return;
    auto *done = new Done{std::move(command), error};
    if (napi_call_threadsafe_function(function_, done, napi_tsfn_nonblocking) != napi_ok) {
      delete done;
    }
  }

  void Expect(const Command *command, Napi::Promise::Deferred deferred, Napi::Value data) {
    Waiting waiting{deferred, Napi::Reference<Napi::Value>()};
    if (data.IsTypedArray()) waiting.data = Napi::Reference<Napi::Value>::New(data, 1);
    waiting_.emplace(command, std::move(waiting));
  }
  void Forget(const Command *command) { waiting_.erase(command); }

 private:
  struct Waiting {
    Napi::Promise::Deferred deferred;
    Napi::Reference<Napi::Value> data;
  };
  struct Done {
    std::unique_ptr<Command> command;
    int error;
  };

  static void CallJs(napi_env env, napi_value, void *outlet, void *data) {
    std::unique_ptr<Done> done(static_cast<Done *>(data));
    if (env != nullptr) static_cast<Outlet *>(outlet)->Settle(env, *done);
  }

  void Settle(Napi::Env env, const Done &done) {
    auto found = waiting_.find(done.command.get());
    Waiting waiting = std::move(found->second);
    waiting_.erase(found);
    if (done.error != 0) {
      waiting.deferred.Reject(ErrnoError(env, done.error, done.command->name()).Value());
      return;
    }
    if (done.command->FillsData() && !waiting.data.IsEmpty()) {
      // Looked up anew: the array may have been detached meanwhile.
      size_t bytes = 0;
      void *target = TypedArrayAddress(waiting.data.Value(), &bytes);
      bytes = std::min(bytes, done.command->bytes());
      if (target != nullptr && bytes > 0) memcpy(target, done.command->data(), bytes);
    }
    waiting.deferred.Resolve(done.command->Result(env));
  }

  void Close() {
    std::lock_guard<std::mutex> lock(mutex_);
    function_ = nullptr;
    waiting_.clear();
  }

  std::mutex mutex_;
  // Null once the environment is going.
  napi_threadsafe_function function_ = nullptr;
  // Of the environment's thread alone.
  std::unordered_map<const Command *, Waiting> waiting_;
};

std::shared_ptr<Outlet> Outlet::Of(Napi::Env env) {
  using Shared = std::shared_ptr<Outlet>;
  if (Shared *existing = env.GetInstanceData<Shared>()) return *existing;
  auto outlet = std::make_shared<Outlet>();
  napi_value name = Napi::String::New(env, "mpathfs:command");
  // The finalizer's hold: CallJs has a bare pointer.
  auto *held = new Shared(outlet);
  napi_status status = napi_create_threadsafe_function(
      env, nullptr, nullptr, name, 0, 1, held,
      [](napi_env, void *data, void *) { delete static_cast<Shared *>(data); }, outlet.get(),
      CallJs, &outlet->function_);
  if (status != napi_ok) {
    delete held;
    return nullptr;
  }
  napi_unref_threadsafe_function(env, outlet->function_);
  env.SetInstanceData(new Shared(outlet));
  env.AddCleanupHook([](Outlet *closing) { closing->Close(); }, outlet.get());
  return outlet;
}

struct Job {
  std::unique_ptr<Command> command;
  std::shared_ptr<Outlet> outlet;
  Clock::time_point since;
};

// Starts a thread whenever more commands wait than threads are idle. The threads are detached and
// the pool is never destroyed: the process ends without waiting for one that hangs. Node unloads
// an addon with the last environment that has it, and the threads would come back to nothing:
// this one is linked with -z nodelete.
class Pool {
 public:
  static Pool &Instance() {
    static Pool *pool = new Pool;
    return *pool;
  }

  // 0, or an errno: then the job was not taken.
  int Add(Job job) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (jobs_.size() >= idle_ && threads_ < kMaxThreads) {
      int error = StartThread();
      if (error == 0) {
        threads_ += 1;
      } else if (threads_ == 0) {
        return error;
      }
    }
    jobs_.push_back(std::move(job));
    wake_.notify_one();
    return 0;
  }

 private:
  static int StartThread() {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, kStackBytes);
    // Signals are for the main thread, and would end ioctls early.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    int error = pthread_create(&thread, &attributes, Main, nullptr);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_attr_destroy(&attributes);
    return error;
  }

  static void *Main(void *) {
    pthread_setname_np(pthread_self(), "mpathfs-command");
    Instance().Serve();
    return nullptr;
  }

  void Serve() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      idle_ += 1;
      bool work = wake_.wait_for(lock, kIdle, [this] { return !jobs_.empty(); });
      idle_ -= 1;
      if (!work) break;
      Job job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      Do(std::move(job));
      lock.lock();
    }
    threads_ -= 1;
  }

  static void Do(Job job) {
    Command &command = *job.command;
    // Whoever asked has given up on one that waited longer than it may take: it is not sent late.
    bool late = command.timeout_ms() != 0 &&
                Clock::now() - job.since > std::chrono::milliseconds(command.timeout_ms());
    int error = late ? ETIMEDOUT : command.Run();
    command.CloseDevice();
    job.outlet->Deliver(std::move(job.command), error);
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  size_t threads_ = 0;
  size_t idle_ = 0;
};

}  // namespace

Napi::Promise RunCommand(Napi::Env env, std::unique_ptr<Command> command, Napi::Value data) {
  auto deferred = Napi::Promise::Deferred::New(env);
  std::shared_ptr<Outlet> outlet = Outlet::Of(env);
  const char *name = command->name();
  int error = outlet == nullptr ? EAGAIN : command->defect();
  if (error == 0) {
    const Command *key = command.get();
    outlet->Expect(key, deferred, data);
    error = Pool::Instance().Add({std::move(command), outlet, Clock::now()});
    if (error != 0) outlet->Forget(key);
  }
  if (error != 0) deferred.Reject(ErrnoError(env, error, name).Value());
  return deferred.Promise();
}
