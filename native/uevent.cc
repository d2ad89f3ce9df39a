// The kernel's uevents, from its netlink socket, on the environment's event loop.
#include "addon.h"

#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace {

// Multicast groups: the kernel's own messages; udevd's are in group 2.
constexpr uint32_t kKernelGroup = 1;
// A storm of removals must fit in while the main thread is busy; only what is queued is allocated.
constexpr int kReceiveBytes = 16 << 20;
// The kernel's messages have at most about 2 KiB (include/linux/kobject.h: UEVENT_BUFFER_SIZE).
constexpr size_t kMessageBytes = 16384;
// Messages between two turns of the event loop.
constexpr int kBatch = 256;

// Opens the socket; -1 with errno set if that fails.
int OpenSocket() {
  int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
  if (fd < 0) return -1;
  // Above net.core.rmem_max with CAP_NET_ADMIN only.
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBytes, sizeof kReceiveBytes) != 0) {
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kReceiveBytes, sizeof kReceiveBytes);
  }
  struct sockaddr_nl address = {};
  address.nl_family = AF_NETLINK;
  address.nl_groups = kKernelGroup;
  if (bind(fd, reinterpret_cast<struct sockaddr *>(&address), sizeof address) == 0) return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

// Deletes itself once libuv has let go of its handle.
class Watcher {
 public:
  // Null, with errno set, if there can be none.
  static Watcher *Start(Napi::Env env, const Napi::Function &callback, int fd) {
    auto *watcher = new Watcher(env, callback, fd);
    uv_loop_t *loop = nullptr;
    napi_get_uv_event_loop(env, &loop);
    int status = uv_poll_init(loop, &watcher->poll_, fd);
    if (status != 0) {
      errno = -status;
      delete watcher;
      return nullptr;
    }
    watcher->poll_.data = watcher;
    uv_unref(reinterpret_cast<uv_handle_t *>(&watcher->poll_));
    uv_poll_start(&watcher->poll_, UV_READABLE, OnReadable);
    // The environment ends when the handle is closed, not before.
    napi_add_async_cleanup_hook(
        env, [](napi_async_cleanup_hook_handle, void *arg) { static_cast<Watcher *>(arg)->Close(); },
        watcher, &watcher->cleanup_);
    return watcher;
  }

  void Close() {
    if (closed_) return;
    closed_ = true;
    *self_ = nullptr;
    callback_.Reset();
    uv_close(reinterpret_cast<uv_handle_t *>(&poll_), [](uv_handle_t *handle) {
      auto *watcher = static_cast<Watcher *>(handle->data);
      napi_remove_async_cleanup_hook(watcher->cleanup_);
      delete watcher;
    });
  }

  // Where whoever holds on to the watcher sees that it has gone.
  const std::shared_ptr<Watcher *> &self() const { return self_; }

 private:
  Watcher(Napi::Env env, const Napi::Function &callback, int fd)
      : env_(env), fd_(fd), callback_(Napi::Persistent(callback)) {}
  ~Watcher() { close(fd_); }

  static void OnReadable(uv_poll_t *handle, int status, int) {
    auto *watcher = static_cast<Watcher *>(handle->data);
    Napi::HandleScope scope(watcher->env_);
    for (int i = 0; i < kBatch && !watcher->closed_ && watcher->ReadOne(); i++) {
    }
    // libuv stops at POLLERR, which is how an overrun shows itself.
    if (status < 0 && !watcher->closed_) uv_poll_start(handle, UV_READABLE, OnReadable);
  }

  // Passes on one message. False if none is left.
  bool ReadOne() {
    struct sockaddr_nl sender = {};
    struct iovec iov = {message_, sizeof message_};
    struct msghdr header = {};
    header.msg_name = &sender;
    header.msg_namelen = sizeof sender;
    header.msg_iov = &iov;
    header.msg_iovlen = 1;
    ssize_t bytes = recvmsg(fd_, &header, 0);
    if (bytes < 0) {
      int error = errno;
      if (error == ENOBUFS) Call(0);
      return error == ENOBUFS || error == EINTR;
    }
    // Whoever is root may send to the group, but only the kernel has the number 0.
    if (sender.nl_pid != 0) return true;
    Call((header.msg_flags & MSG_TRUNC) != 0 ? 0 : static_cast<size_t>(bytes));
    return true;
  }

  void Call(size_t bytes) {
    Napi::HandleScope scope(env_);
    auto message = Napi::Uint8Array::New(env_, bytes);
    memcpy(message.Data(), message_, bytes);
    callback_.MakeCallback(env_.Global(), {message});
    if (env_.IsExceptionPending()) {
      napi_fatal_exception(env_, env_.GetAndClearPendingException().Value());
    }
  }

  Napi::Env env_;
  int fd_;
  Napi::FunctionReference callback_;
  uv_poll_t poll_ = {};
  napi_async_cleanup_hook_handle cleanup_ = nullptr;
  bool closed_ = false;
  std::shared_ptr<Watcher *> self_ = std::make_shared<Watcher *>(this);
  char message_[kMessageBytes];
};

// watchUevents(callback: (message: Uint8Array) => void): { close(): void }
Napi::Value WatchUevents(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  if (!info[0].IsFunction()) {
    Napi::TypeError::New(env, "a function is expected").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  int fd = OpenSocket();
  if (fd < 0) {
    ThrowErrno(env, errno, "socket NETLINK_KOBJECT_UEVENT");
    return env.Undefined();
  }
  Watcher *watcher = Watcher::Start(env, info[0].As<Napi::Function>(), fd);
  if (watcher == nullptr) {
    ThrowErrno(env, errno, "uv_poll_init");
    return env.Undefined();
  }
  Napi::Object handle = Napi::Object::New(env);
  handle.Set("close", Napi::Function::New(
                          env,
                          [self = watcher->self()](const Napi::CallbackInfo &) {
                            if (*self != nullptr) (*self)->Close();
                          },
                          "close"));
  return handle;
}

}  // namespace

void InitUevent(Napi::Env env, Napi::Object exports) {
  exports.Set("watchUevents", Napi::Function::New<WatchUevents>(env, "watchUevents"));
}
