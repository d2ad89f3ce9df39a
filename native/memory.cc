// Addresses of JavaScript memory, for structures that the kernel reads and writes.
#include "addon.h"

#include <sys/mman.h>

#include <cerrno>

void *TypedArrayAddress(const Napi::Value &value, size_t *bytes) {
  napi_env env = value.Env();
  bool is = false;
  if (napi_is_typedarray(env, value, &is) != napi_ok || !is) {
    Napi::TypeError::New(env, "a typed array is needed").ThrowAsJavaScriptException();
    return nullptr;
  }
  napi_typedarray_type type;
  size_t length = 0;
  void *data = nullptr;
  if (napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr) != napi_ok) {
    Napi::TypeError::New(env, "a typed array is needed").ThrowAsJavaScriptException();
    return nullptr;
  }
  size_t unit = type == napi_float64_array || type == napi_bigint64_array ||
                        type == napi_biguint64_array
                    ? 8
                : type == napi_int32_array || type == napi_uint32_array ||
                        type == napi_float32_array
                    ? 4
                : type == napi_int16_array || type == napi_uint16_array ? 2
                                                                        : 1;
  if (bytes != nullptr) *bytes = length * unit;
  return data;
}

// addressOf(array: TypedArray): bigint
static Napi::Value AddressOf(const Napi::CallbackInfo &info) {
  void *address = TypedArrayAddress(info[0], nullptr);
  if (info.Env().IsExceptionPending()) return info.Env().Undefined();
  return Napi::BigInt::New(info.Env(), static_cast<uint64_t>(reinterpret_cast<uintptr_t>(address)));
}

// adviseHuge(array: TypedArray): huge pages for the array's memory where the kernel has them.
static void AdviseHuge(const Napi::CallbackInfo &info) {
  size_t bytes = 0;
  void *data = TypedArrayAddress(info[0], &bytes);
  if (info.Env().IsExceptionPending()) return;
  if (madvise(data, bytes, MADV_HUGEPAGE) != 0) ThrowErrno(info.Env(), errno, "madvise");
}

void InitMemory(Napi::Env env, Napi::Object exports) {
  exports.Set("adviseHuge", Napi::Function::New<AdviseHuge>(env, "adviseHuge"));
  exports.Set("addressOf", Napi::Function::New<AddressOf>(env, "addressOf"));
}
