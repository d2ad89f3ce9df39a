// Opening the block device or regular file behind a path, and what it says of itself.
#include "addon.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/stat.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace {

struct Facts {
  uint64_t size = 0;
  unsigned block_size = 512;
  bool block = false;
  bool in_memory = false;
  bool read_only = false;
};

// Fills `facts` for an open device. 0 or an errno.
int Describe(int fd, Facts *facts) {
  struct stat st;
  if (fstat(fd, &st) != 0) return errno;
  if (S_ISBLK(st.st_mode)) {
    int block_size = 512;
    facts->block = true;
    if (ioctl(fd, BLKGETSIZE64, &facts->size) != 0) return errno;
    if (ioctl(fd, BLKSSZGET, &block_size) != 0) return errno;
    facts->block_size = static_cast<unsigned>(block_size);
    int read_only = 0;
    if (ioctl(fd, BLKROGET, &read_only) != 0) return errno;
    facts->read_only = read_only != 0;
    return 0;
  }
  if (!S_ISREG(st.st_mode)) return ENOTBLK;
  facts->size = static_cast<uint64_t>(st.st_size);
  struct statfs fs;
  if (fstatfs(fd, &fs) != 0) return errno;
  facts->in_memory = fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC;
  // Direct I/O on a file wants the alignment of the device below its file system.
  struct statx stx;
  memset(&stx, 0, sizeof stx);
#ifdef STATX_DIOALIGN
  if (statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &stx) == 0 &&
      (stx.stx_mask & STATX_DIOALIGN) != 0 && stx.stx_dio_offset_align > 512) {
    facts->block_size = stx.stx_dio_offset_align;
  }
#endif
  return 0;
}

// openDevice(path: string): { fd, direct, size, blockSize, block, inMemory }
// Read-write, with O_DIRECT where the file system can.
Napi::Value OpenDevice(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  std::string path = info[0].ToString().Utf8Value();
  const int flags = O_RDWR | O_CLOEXEC;
  bool direct = true;
  int fd = open(path.c_str(), flags | O_DIRECT);
  if (fd < 0 && errno == EINVAL) {
    direct = false;
    fd = open(path.c_str(), flags);
  }
  if (fd < 0) {
    ThrowErrno(env, errno, "open");
    return env.Undefined();
  }
  Facts facts;
  int error = Describe(fd, &facts);
  // Some drivers refuse to open a write-protected disk for writing, others refuse every write.
  if (error == 0 && facts.read_only) error = EROFS;
  if (error != 0) {
    close(fd);
    ThrowErrno(env, error, "open");
    return env.Undefined();
  }
  Napi::Object device = Napi::Object::New(env);
  device.Set("fd", Napi::Number::New(env, fd));
  device.Set("direct", Napi::Boolean::New(env, direct));
  device.Set("size", Napi::Number::New(env, static_cast<double>(facts.size)));
  device.Set("blockSize", Napi::Number::New(env, facts.block_size));
  device.Set("block", Napi::Boolean::New(env, facts.block));
  device.Set("inMemory", Napi::Boolean::New(env, facts.in_memory));
  return device;
}

// deviceSize(fd: number): number - bytes now; 0 for a device that was removed.
Napi::Value DeviceSize(const Napi::CallbackInfo &info) {
  Facts facts;
  int error = Describe(info[0].ToNumber().Int32Value(), &facts);
  return Napi::Number::New(info.Env(), error == 0 ? static_cast<double>(facts.size) : 0);
}

}  // namespace

void InitDevice(Napi::Env env, Napi::Object exports) {
  exports.Set("deviceSize", Napi::Function::New<DeviceSize>(env, "deviceSize"));
  exports.Set("openDevice", Napi::Function::New<OpenDevice>(env, "openDevice"));
}
