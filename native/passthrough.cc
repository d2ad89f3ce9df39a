// NVMe and SCSI commands through the kernel's ioctls.
#include "addon.h"
#include "command-pool.h"

#include <linux/nvme_ioctl.h>
#include <scsi/sg.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace {

constexpr size_t kSqeBytes = 64;
// Data transfer as the two low bits of an opcode say it.
constexpr uint8_t kControllerToHost = 2;
// include/scsi/scsi_cmnd.h: MAX_COMMAND_SIZE, and what sg_io_hdr can say of sense data.
constexpr size_t kMaxCdb = 32;
constexpr size_t kMaxSense = 252;

struct Bytes {
  const uint8_t *address = nullptr;
  size_t length = 0;
};

// False, with an exception pending, if `value` is neither undefined nor a typed array.
bool ReadBytes(const Napi::Value &value, Bytes *bytes) {
  if (value.IsUndefined()) return true;
  bytes->address = static_cast<const uint8_t *>(TypedArrayAddress(value, &bytes->length));
  return !value.Env().IsExceptionPending();
}

Napi::Value Misused(Napi::Env env, const char *message) {
  Napi::TypeError::New(env, message).ThrowAsJavaScriptException();
  return env.Undefined();
}

class NvmeCommand : public Command {
 public:
  NvmeCommand(int fd, bool admin, const uint8_t *sqe, Bytes data, uint32_t timeout_ms)
      : Command(admin ? "NVME_IOCTL_ADMIN_CMD" : "NVME_IOCTL_IO_CMD", fd, data.address,
                data.length, timeout_ms),
        admin_(admin) {
    memset(&command_, 0, sizeof command_);
    command_.opcode = sqe[0];
    command_.flags = sqe[1];
    memcpy(&command_.nsid, sqe + 4, 4);
    memcpy(&command_.cdw2, sqe + 8, 4);
    memcpy(&command_.cdw3, sqe + 12, 4);
    // CDW10 to CDW15 follow each other here and there.
    memcpy(&command_.cdw10, sqe + 40, 24);
    command_.timeout_ms = timeout_ms;
  }

  int Run() override {
    command_.addr = reinterpret_cast<uintptr_t>(mutable_data());
    command_.data_len = static_cast<uint32_t>(bytes());
    int status = ioctl(fd_, admin_ ? NVME_IOCTL_ADMIN64_CMD : NVME_IOCTL_IO64_CMD, &command_);
    // Kernels before 5.5 have only the 32-bit result.
    if (status < 0 && errno == ENOTTY) status = RunNarrow();
    if (status < 0) return errno;
    status_ = status;
    return 0;
  }

  bool FillsData() const override { return (command_.opcode & kControllerToHost) != 0; }

  Napi::Value Result(Napi::Env env) override {
    Napi::Object completion = Napi::Object::New(env);
    completion.Set("status", Napi::Number::New(env, status_));
    completion.Set("result", Napi::BigInt::New(env, static_cast<uint64_t>(command_.result)));
    return completion;
  }

 private:
  int RunNarrow() {
    // The two structures differ behind timeout_ms only.
    struct nvme_passthru_cmd narrow;
    memcpy(&narrow, &command_, offsetof(struct nvme_passthru_cmd, result));
    narrow.result = 0;
    int status = ioctl(fd_, admin_ ? NVME_IOCTL_ADMIN_CMD : NVME_IOCTL_IO_CMD, &narrow);
    command_.result = narrow.result;
    return status;
  }

  bool admin_;
  struct nvme_passthru_cmd64 command_;
  int status_ = 0;
};

class NvmeReset : public Command {
 public:
  explicit NvmeReset(int fd) : Command("NVME_IOCTL_RESET", fd, nullptr, 0, 0) {}
  int Run() override { return ioctl(fd_, NVME_IOCTL_RESET) < 0 ? errno : 0; }
  Napi::Value Result(Napi::Env env) override { return env.Undefined(); }
};

class ScsiCommand : public Command {
 public:
  ScsiCommand(int fd, Bytes cdb, int direction, Bytes data, uint32_t timeout_ms)
      : Command("SG_IO", fd, data.address, data.length, timeout_ms) {
    memset(&header_, 0, sizeof header_);
    memcpy(cdb_, cdb.address, cdb.length);
    header_.interface_id = 'S';
    header_.dxfer_direction = direction;
    header_.cmd_len = static_cast<unsigned char>(cdb.length);
    header_.mx_sb_len = kMaxSense;
    header_.timeout = timeout_ms;
  }

  int Run() override {
    header_.cmdp = cdb_;
    header_.sbp = sense_;
    header_.dxferp = mutable_data();
    header_.dxfer_len = static_cast<unsigned>(bytes());
    return ioctl(fd_, SG_IO, &header_) < 0 ? errno : 0;
  }

  bool FillsData() const override { return header_.dxfer_direction == SG_DXFER_FROM_DEV; }

  Napi::Value Result(Napi::Env env) override {
    auto sense = Napi::Uint8Array::New(env, header_.sb_len_wr);
    memcpy(sense.Data(), sense_, header_.sb_len_wr);
    Napi::Object result = Napi::Object::New(env);
    result.Set("status", Napi::Number::New(env, header_.status));
    result.Set("hostStatus", Napi::Number::New(env, header_.host_status));
    result.Set("driverStatus", Napi::Number::New(env, header_.driver_status));
    result.Set("sense", sense);
    result.Set("residual", Napi::Number::New(env, header_.resid));
    return result;
  }

 private:
  struct sg_io_hdr header_;
  uint8_t cdb_[kMaxCdb];
  uint8_t sense_[kMaxSense] = {};
};

// nvmeCommand(fd, admin, sqe, data: Uint8Array | undefined, timeoutMs): Promise<{status, result}>
Napi::Value SendNvme(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Bytes sqe, data;
  if (!ReadBytes(info[2], &sqe) || !ReadBytes(info[3], &data)) return env.Undefined();
  if (sqe.length != kSqeBytes) return Misused(env, "a submission queue entry has 64 bytes");
  return RunCommand(env,
                    std::make_unique<NvmeCommand>(info[0].ToNumber().Int32Value(),
                                                  info[1].ToBoolean().Value(), sqe.address, data,
                                                  info[4].ToNumber().Uint32Value()),
                    info[3]);
}

// nvmeReset(fd): Promise<void> - `fd` is the controller's character device.
Napi::Value ResetNvme(const Napi::CallbackInfo &info) {
  return RunCommand(info.Env(), std::make_unique<NvmeReset>(info[0].ToNumber().Int32Value()),
                    info.Env().Undefined());
}

// nvmeNamespace(fd): number - 0 if the device is no NVMe namespace.
Napi::Value NvmeNamespace(const Napi::CallbackInfo &info) {
  int nsid = ioctl(info[0].ToNumber().Int32Value(), NVME_IOCTL_ID);
  return Napi::Number::New(info.Env(), nsid > 0 ? nsid : 0);
}

// scsiCommand(fd, cdb, direction, data: Uint8Array | undefined, timeoutMs): Promise<ScsiResult>
Napi::Value SendScsi(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Bytes cdb, data;
  if (!ReadBytes(info[1], &cdb) || !ReadBytes(info[3], &data)) return env.Undefined();
  if (cdb.length < 6 || cdb.length > kMaxCdb) return Misused(env, "a CDB has 6 to 32 bytes");
  std::string name = info[2].ToString();
  int direction = name == "in"    ? SG_DXFER_FROM_DEV
                  : name == "out" ? SG_DXFER_TO_DEV
                                  : SG_DXFER_NONE;
  return RunCommand(env,
                    std::make_unique<ScsiCommand>(info[0].ToNumber().Int32Value(), cdb, direction,
                                                  data, info[4].ToNumber().Uint32Value()),
                    info[3]);
}

}  // namespace

void InitPassthrough(Napi::Env env, Napi::Object exports) {
  exports.Set("nvmeCommand", Napi::Function::New<SendNvme>(env, "nvmeCommand"));
  exports.Set("nvmeNamespace", Napi::Function::New<NvmeNamespace>(env, "nvmeNamespace"));
  exports.Set("nvmeReset", Napi::Function::New<ResetNvme>(env, "nvmeReset"));
  exports.Set("scsiCommand", Napi::Function::New<SendScsi>(env, "scsiCommand"));
}
