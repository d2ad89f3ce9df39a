#include "addon.h"

#include <cerrno>
#include <cstring>
#include <string>

Napi::Error ErrnoError(Napi::Env env, int error, const char *syscall) {
  const char *name = strerrorname_np(error);
  if (name == nullptr) name = "EUNKNOWN";
  std::string message = std::string(name) + ": " + strerror(error) + ", " + syscall;
  Napi::Error e = Napi::Error::New(env, message);
  e.Set("code", Napi::String::New(env, name));
  e.Set("errno", Napi::Number::New(env, -error));
  e.Set("syscall", Napi::String::New(env, syscall));
  return e;
}

void ThrowErrno(Napi::Env env, int error, const char *syscall) {
  ErrnoError(env, error, syscall).ThrowAsJavaScriptException();
}

static Napi::Object Init(Napi::Env env, Napi::Object exports) {
  InitDevice(env, exports);
  InitMemory(env, exports);
  InitMount(env, exports);
  InitPassthrough(env, exports);
  InitRing(env, exports);
  InitThread(env, exports);
  InitUevent(env, exports);
  return exports;
}

NODE_API_MODULE(mpathfs, Init)
