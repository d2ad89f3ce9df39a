// What a reactor's thread and the process ask of the scheduler and of memory reclaim.
#include "addon.h"

#include <sched.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

#include <cerrno>

#ifndef PR_SET_IO_FLUSHER
#define PR_SET_IO_FLUSHER 57
#endif

// setAffinity(cpu: number): pins the calling thread.
static void SetAffinity(const Napi::CallbackInfo &info) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(info[0].ToNumber().Uint32Value(), &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) {
    ThrowErrno(info.Env(), errno, "sched_setaffinity");
  }
}

// eventfd(): number
static Napi::Value EventFd(const Napi::CallbackInfo &info) {
  int fd = eventfd(0, EFD_CLOEXEC);
  if (fd < 0) {
    ThrowErrno(info.Env(), errno, "eventfd");
    return info.Env().Undefined();
  }
  return Napi::Number::New(info.Env(), fd);
}

// yield(): lets whoever else waits for this CPU run first.
static void Yield(const Napi::CallbackInfo &) { sched_yield(); }

// setIoFlusher(): memory reclaim must not wait for I/O that this process has to do.
static void SetIoFlusher(const Napi::CallbackInfo &info) {
  if (prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0) != 0) ThrowErrno(info.Env(), errno, "prctl");
}

void InitThread(Napi::Env env, Napi::Object exports) {
  exports.Set("setAffinity", Napi::Function::New<SetAffinity>(env, "setAffinity"));
  exports.Set("eventfd", Napi::Function::New<EventFd>(env, "eventfd"));
  exports.Set("yield", Napi::Function::New<Yield>(env, "yield"));
  exports.Set("setIoFlusher", Napi::Function::New<SetIoFlusher>(env, "setIoFlusher"));
}
