// A general io_uring: one `enter` takes a batch of submissions and leaves a batch of completions.
// Submissions are the kernel's own io_uring_sqe layout, written by the caller into an Int32Array;
// completions come out as the kernel's 16-byte io_uring_cqe.
#include "addon.h"

#include <liburing.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace {

// An opcode with this bit is carried out at once, in `enter`, instead of by the ring: for
// files in memory, where the ring would hand a copy of 4 KiB to another thread.
constexpr uint8_t kInline = 0x80;

class Ring : public Napi::ObjectWrap<Ring> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "Ring",
                       {
                           InstanceMethod<&Ring::Enter>("enter"),
                           InstanceMethod<&Ring::RegisterFiles>("registerFiles"),
                           InstanceMethod<&Ring::UpdateFile>("updateFile"),
                           InstanceMethod<&Ring::LimitWorkers>("limitWorkers"),
                           InstanceMethod<&Ring::Close>("close"),
                       });
  }

  // new Ring(entries, sqes: Int32Array, cqes: Int32Array, clock: Float64Array(1))
  // The arrays stay the ring's for its life. A submission takes 128 bytes (SQE128).
  explicit Ring(const Napi::CallbackInfo &info) : Napi::ObjectWrap<Ring>(info) {
    Napi::Env env = info.Env();
    unsigned entries = info[0].ToNumber().Uint32Value();
    size_t sqe_bytes = 0, cqe_bytes = 0, clock_bytes = 0;
    sqes_ = static_cast<uint8_t *>(TypedArrayAddress(info[1], &sqe_bytes));
    if (env.IsExceptionPending()) return;
    cqes_ = static_cast<uint8_t *>(TypedArrayAddress(info[2], &cqe_bytes));
    if (env.IsExceptionPending()) return;
    clock_ = static_cast<double *>(TypedArrayAddress(info[3], &clock_bytes));
    if (env.IsExceptionPending()) return;
    max_sqes_ = sqe_bytes / kSqeBytes;
    max_cqes_ = cqe_bytes / sizeof(io_uring_cqe);
    if (max_sqes_ == 0 || max_cqes_ == 0 || clock_bytes < sizeof(double)) {
      Napi::RangeError::New(env, "the ring's arrays are too small").ThrowAsJavaScriptException();
      return;
    }
    for (int i = 1; i <= 3; i++) arrays_[i - 1] = Napi::Persistent(info[i].As<Napi::Object>());

    io_uring_params params;
    memset(&params, 0, sizeof params);
    params.flags = IORING_SETUP_SQE128 | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                   IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
    params.cq_entries = entries * 4;
    int error = io_uring_queue_init_params(entries, &ring_, &params);
    if (error == -EINVAL) {
      // Before Linux 6.1: neither of the two; the ring works the same, a little slower.
      memset(&params, 0, sizeof params);
      params.flags = IORING_SETUP_SQE128 | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
      params.cq_entries = entries * 4;
      error = io_uring_queue_init_params(entries, &ring_, &params);
    }
    if (error != 0) {
      ThrowErrno(env, -error, "io_uring_setup");
      return;
    }
    open_ = true;
    io_uring_register_ring_fd(&ring_);  // saves a look-up per enter; fine without
  }

  ~Ring() override { CloseRing(); }

 private:
  static constexpr size_t kSqeBytes = 128;

  // enter(count, wait, polls): number
  // Submits the first `count` records of sqes, polls up to `polls` times for completions, then
  // sleeps for `wait` of them if there is none. Returns how many completions are in cqes; the
  // clock holds CLOCK_MONOTONIC in microseconds, as of the return. A negative errno on failure.
  Napi::Value Enter(const Napi::CallbackInfo &info) {
    napi_env env = info.Env();
    uint32_t count = 0, wait = 0, polls = 0;
    napi_get_value_uint32(env, info[0], &count);
    napi_get_value_uint32(env, info[1], &wait);
    napi_get_value_uint32(env, info[2], &polls);
    int result = open_ && count <= max_sqes_ ? EnterRing(count, wait, polls) : -EINVAL;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    *clock_ = static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec / 1000);
    return Napi::Number::New(env, result);
  }

  int EnterRing(unsigned count, unsigned wait, unsigned polls) {
    unsigned done = 0;
    for (unsigned i = 0; i < count; i++) {
      const uint8_t *record = sqes_ + i * kSqeBytes;
      if ((record[0] & kInline) != 0) {
        if (done == max_cqes_) return -EOVERFLOW;
        RunInline(reinterpret_cast<const io_uring_sqe *>(record), done++);
        continue;
      }
      io_uring_sqe *sqe = io_uring_get_sqe(&ring_);
      if (sqe == nullptr) {
        int error = io_uring_submit(&ring_);
        if (error < 0 && error != -EBUSY && error != -EAGAIN && error != -EINTR) return error;
        sqe = io_uring_get_sqe(&ring_);
        if (sqe == nullptr) return -EBUSY;
      }
      memcpy(sqe, record, kSqeBytes);
    }
    if (done > 0) wait = 0;
    int error = io_uring_submit_and_get_events(&ring_);
    for (unsigned i = 0; i < polls && done == 0 && error >= 0 && io_uring_cq_ready(&ring_) == 0;
         i++) {
      error = io_uring_get_events(&ring_);
    }
    if (error >= 0 && wait > 0 && io_uring_cq_ready(&ring_) == 0) {
      error = io_uring_submit_and_wait(&ring_, wait);
    }
    // A full completion queue or a signal: what is there is returned, the rest comes next time.
    if (error < 0 && error != -EBUSY && error != -EAGAIN && error != -EINTR && error != -ETIME) {
      return error;
    }
    return static_cast<int>(Reap(done));
  }

  unsigned Reap(unsigned done) {
    unsigned head;
    unsigned seen = 0;
    io_uring_cqe *cqe;
    io_uring_for_each_cqe(&ring_, head, cqe) {
      if (done == max_cqes_) break;
      memcpy(cqes_ + done++ * sizeof *cqe, cqe, sizeof *cqe);
      seen++;
    }
    io_uring_cq_advance(&ring_, seen);
    return done;
  }

  void RunInline(const io_uring_sqe *sqe, unsigned slot) {
    void *data = reinterpret_cast<void *>(static_cast<uintptr_t>(sqe->addr));
    ssize_t n;
    do {
      n = (sqe->opcode & ~kInline) == IORING_OP_READ
              ? pread(sqe->fd, data, sqe->len, static_cast<off_t>(sqe->off))
              : pwrite(sqe->fd, data, sqe->len, static_cast<off_t>(sqe->off));
    } while (n < 0 && errno == EINTR);
    io_uring_cqe cqe;
    memset(&cqe, 0, sizeof cqe);
    cqe.user_data = sqe->user_data;
    cqe.res = n < 0 ? -errno : static_cast<int>(n);
    memcpy(cqes_ + slot * sizeof cqe, &cqe, sizeof cqe);
  }

  // registerFiles(slots): an empty table of fixed files.
  void RegisterFiles(const Napi::CallbackInfo &info) {
    std::vector<int> none(info[0].ToNumber().Uint32Value(), -1);
    int error = io_uring_register_files(&ring_, none.data(), static_cast<unsigned>(none.size()));
    if (error < 0) ThrowErrno(info.Env(), -error, "io_uring_register_files");
  }

  // updateFile(slot, fd): puts fd into the table, -1 takes the slot's file out.
  void UpdateFile(const Napi::CallbackInfo &info) {
    int fd = info[1].ToNumber().Int32Value();
    int error =
        io_uring_register_files_update(&ring_, info[0].ToNumber().Uint32Value(), &fd, 1);
    if (error < 0) ThrowErrno(info.Env(), -error, "io_uring_register_files_update");
  }

  // limitWorkers(most): number - how many threads may do operations on files for the ring;
  // returns the limit before.
  Napi::Value LimitWorkers(const Napi::CallbackInfo &info) {
    unsigned limits[2] = {info[0].ToNumber().Uint32Value(), 0};  // bounded work, unbounded: as is
    int error = io_uring_register_iowq_max_workers(&ring_, limits);
    if (error < 0) ThrowErrno(info.Env(), -error, "io_uring_register_iowq_max_workers");
    return Napi::Number::New(info.Env(), limits[0]);
  }

  void Close(const Napi::CallbackInfo &) { CloseRing(); }

  void CloseRing() {
    if (open_) io_uring_queue_exit(&ring_);
    open_ = false;
  }

  io_uring ring_;
  bool open_ = false;
  uint8_t *sqes_ = nullptr;
  uint8_t *cqes_ = nullptr;
  double *clock_ = nullptr;
  size_t max_sqes_ = 0;
  size_t max_cqes_ = 0;
  Napi::ObjectReference arrays_[3];
};

}  // namespace

void InitRing(Napi::Env env, Napi::Object exports) { exports.Set("Ring", Ring::Define(env)); }
