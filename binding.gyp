{
  "targets": [
    {
      "target_name": "mpathfs",
      "sources": [
        "native/addon.cc",
        "native/command-pool.cc",
        "native/device.cc",
        "native/memory.cc",
        "native/mount.cc",
        "native/passthrough.cc",
        "native/ring.cc",
        "native/thread.cc",
        "native/uevent.cc"
      ],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS", "_GNU_SOURCE"],
      "cflags_cc": ["-std=c++17", "-O2", "-Wall", "-Wextra", "-Wno-unused-parameter", "-fno-exceptions", "-fvisibility=hidden"],
      "cflags_cc!": ["-fno-rtti", "-std=gnu++17"],
      "libraries": ["-l:liburing.a"],
      "ldflags": ["-Wl,-z,nodelete"]
    }
  ]
}
