// Commands to devices, each on a thread of its own: an ioctl to a lost device may hang for minutes,
// in a sleep that nothing interrupts. libuv's few threads must not wait for it, nor the main one.
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>

// What a thread of the pool works on: nothing but memory and descriptors of its own. An ioctl may
// write into it long after whoever asked has given up, closed the device or gone.
class Command {
 public:
  // Works on a duplicate of `fd`, so that closing it meanwhile neither disturbs the command nor
  // sends it to whatever gets the number next. `data` (may be null) is copied.
  Command(const char *name, int fd, const void *data, size_t bytes, uint32_t timeout_ms);
  virtual ~Command();
  Command(const Command &) = delete;
  Command &operator=(const Command &) = delete;

  // On a thread of the pool. 0, or the errno the promise is rejected with.
  virtual int Run() = 0;
  // On the main thread: what the promise resolves to.
  virtual Napi::Value Result(Napi::Env env) = 0;
  // The data goes back to whoever asked.
  virtual bool FillsData() const { return false; }

  // The syscall that errors name.
  const char *name() const { return name_; }
  uint32_t timeout_ms() const { return timeout_ms_; }
  const uint8_t *data() const { return data_.get(); }
  size_t bytes() const { return bytes_; }
  // Why there is nothing to run, 0 if there is.
  int defect() const { return defect_; }
  // Lets go of the device. Closing the last descriptor of one may take as long as a command.
  void CloseDevice();

 protected:
  int fd_ = -1;
  uint8_t *mutable_data() { return data_.get(); }

 private:
  struct Free {
    void operator()(uint8_t *memory) const;
  };
  const char *name_;
  uint32_t timeout_ms_;
  std::unique_ptr<uint8_t, Free> data_;
  size_t bytes_;
  int defect_ = 0;
};

// Runs the command; the promise is settled on this environment's thread. `data` is the typed array
// that a command that fills data copies into, or undefined. A pending command does not keep the
// process alive: who waits for one has a timer, as it may never end.
Napi::Promise RunCommand(Napi::Env env, std::unique_ptr<Command> command, Napi::Value data);
