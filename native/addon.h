// What the parts of the addon share: error reporting and their entry points.
#pragma once

#include <napi.h>

// Throws a JavaScript Error like Node's own: message, code ("ENOENT"), errno (negative), syscall.
void ThrowErrno(Napi::Env env, int error, const char *syscall);
// The same as a value, for a promise's rejection.
Napi::Error ErrnoError(Napi::Env env, int error, const char *syscall);

// Address of the first byte of a typed array, also one on a SharedArrayBuffer; nullptr and
// a pending TypeError if `value` is not a typed array.
void *TypedArrayAddress(const Napi::Value &value, size_t *bytes);

void InitDevice(Napi::Env env, Napi::Object exports);
void InitMemory(Napi::Env env, Napi::Object exports);
void InitMount(Napi::Env env, Napi::Object exports);
void InitPassthrough(Napi::Env env, Napi::Object exports);
void InitRing(Napi::Env env, Napi::Object exports);
void InitThread(Napi::Env env, Napi::Object exports);
void InitUevent(Napi::Env env, Napi::Object exports);
