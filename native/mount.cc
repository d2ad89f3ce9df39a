// Mounting and unmounting: mount(2) as root, fusermount3 otherwise; clones of the connection.
#include "addon.h"

#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>


namespace {

// openFuse(): number - a new FUSE connection, for mount().
Napi::Value OpenFuse(const Napi::CallbackInfo &info) {
  int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    ThrowErrno(info.Env(), errno, "open /dev/fuse");
    return info.Env().Undefined();
  }
  return Napi::Number::New(info.Env(), fd);
}

// cloneFuse(fd: number): number - another descriptor of the same connection.
Napi::Value CloneFuse(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  uint32_t source = info[0].ToNumber().Uint32Value();
  int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (fd >= 0 && ioctl(fd, FUSE_DEV_IOC_CLONE, &source) == 0) return Napi::Number::New(env, fd);
  int error = errno;
  if (fd >= 0) close(fd);
  ThrowErrno(env, error, "FUSE_DEV_IOC_CLONE");
  return env.Undefined();
}

// mount(source, target, type, options: string): mount(2) with MS_NOSUID | MS_NODEV.
void Mount(const Napi::CallbackInfo &info) {
  std::string source = info[0].ToString(), target = info[1].ToString();
  std::string type = info[2].ToString(), options = info[3].ToString();
  if (mount(source.c_str(), target.c_str(), type.c_str(), MS_NOSUID | MS_NODEV,
            options.c_str()) != 0) {
    ThrowErrno(info.Env(), errno, "mount");
  }
}

// Takes the descriptor that fusermount3 sends over its socket. -1 if it sent none.
int ReceiveFd(int socket) {
  char byte = 0;
  struct iovec iov = {&byte, 1};
  alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  struct msghdr message = {};
  message.msg_iov = &iov;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t n;
  do {
    n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (n < 0 && errno == EINTR);
  struct cmsghdr *header = n > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return -1;
  return *reinterpret_cast<int *>(CMSG_DATA(header));
}

// fusermount(target, options: string): number - the connection, or -1 if fusermount3 refused
// (it says why on stderr).
Napi::Value FuserMount(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  std::string target = info[0].ToString(), options = info[1].ToString();
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
    ThrowErrno(env, errno, "socketpair");
    return env.Undefined();
  }
  // posix_spawn's dup2 clears close-on-exec; descriptor 3 is the child's end.
  const int child_end = 3;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  int end = fcntl(sockets[1], F_DUPFD_CLOEXEC, 10);
  posix_spawn_file_actions_adddup2(&actions, end, child_end);
  std::string comm = "_FUSE_COMMFD=" + std::to_string(child_end);
  std::string path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  char *child_env[] = {comm.data(), path.data(), nullptr};
  std::string program = "fusermount3", flag = "-o", dashes = "--";
  char *argv[] = {program.data(), flag.data(), options.data(), dashes.data(), target.data(),
                  nullptr};
  pid_t pid = 0;
  int error = posix_spawnp(&pid, program.c_str(), &actions, nullptr, argv, child_env);
  posix_spawn_file_actions_destroy(&actions);
  close(end);
  close(sockets[1]);
  int fd = -1;
  if (error == 0) {
    fd = ReceiveFd(sockets[0]);
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    if (fd >= 0) fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
  }
  close(sockets[0]);
  if (error != 0) {
    ThrowErrno(env, error, "fusermount3");
    return env.Undefined();
  }
  return Napi::Number::New(env, fd);
}

// Unmounting waits for write-back that this very process has to serve: never on its main thread.
class UnmountWorker : public Napi::AsyncWorker {
 public:
  UnmountWorker(Napi::Env env, std::string target, int flags)
      : Napi::AsyncWorker(env), deferred_(env), target_(std::move(target)), flags_(flags) {}
  Napi::Promise Promise() const { return deferred_.Promise(); }
  void Execute() override {
    if (umount2(target_.c_str(), flags_) != 0) error_ = errno;
  }
  void OnOK() override {
    if (error_ == 0) {
      deferred_.Resolve(Env().Undefined());
    } else {
      deferred_.Reject(ErrnoError(Env(), error_, "umount2").Value());
    }
  }

 private:
  Napi::Promise::Deferred deferred_;
  std::string target_;
  int flags_;
  int error_ = 0;
};

// unmount(target: string, lazy: boolean): Promise<void>
Napi::Value Unmount(const Napi::CallbackInfo &info) {
  int flags = UMOUNT_NOFOLLOW | (info[1].ToBoolean().Value() ? MNT_DETACH : 0);
  auto *worker = new UnmountWorker(info.Env(), info[0].ToString(), flags);
  Napi::Promise promise = worker->Promise();
  worker->Queue();
  return promise;
}

}  // namespace

void InitMount(Napi::Env env, Napi::Object exports) {
  exports.Set("openFuse", Napi::Function::New<OpenFuse>(env, "openFuse"));
  exports.Set("cloneFuse", Napi::Function::New<CloneFuse>(env, "cloneFuse"));
  exports.Set("mount", Napi::Function::New<Mount>(env, "mount"));
  exports.Set("fusermount", Napi::Function::New<FuserMount>(env, "fusermount"));
  exports.Set("unmount", Napi::Function::New<Unmount>(env, "unmount"));
}
