// The Emscripten side of core/platform/host.h: hands a request to the host's event loop.
// Asynchronous by proxy: the calling thread goes on, the main runtime thread (the host) runs it.
addToLibrary({
  lab_host_post__proxy: 'async',
  lab_host_post__sig: 'vippp',
  lab_host_post: (op, request, data, size) => {
    Module['host'].post(op, request, data, size);
  },
});
