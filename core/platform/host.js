// The Emscripten side of core/platform/host.h: hands a request to the host's event loop; and of the clock.
addToLibrary({
  // Asynchronous by proxy: the calling thread goes on, the main runtime thread (the host) runs it.
  lab_host_post__proxy: 'async',
  lab_host_post__sig: 'vippp',
  lab_host_post: (op, request, data, size) => {
    Module['host'].post(op, request, data, size);
  },

  // In milliseconds. What is global is a getter, which takes as long as what it gets.
  $labClock: 'performance',
  lab_clock_origin__deps: ['$labClock'],
  lab_clock_origin__sig: 'd',
  lab_clock_origin: () => labClock.timeOrigin,
  lab_clock_now__deps: ['$labClock'],
  lab_clock_now__sig: 'd',
  lab_clock_now: () => labClock.now(),
});
