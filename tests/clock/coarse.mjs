// What coarse.c is to the native program, for Node: imported ahead (NODE_OPTIONS) by the program's thread and its Workers, it
// rounds what their clocks say down to COARSE_CLOCK_NS, each from its own origin, as a browser that resists fingerprinting
// does: two threads' clocks differ by up to a step. Timers are not touched.

const stepNs = Number(process.env.COARSE_CLOCK_NS ?? 0);
if (stepNs > 0) {
  const stepMs = stepNs / 1e6;
  const { now } = performance;
  Object.defineProperty(performance, 'now', { value: () => Math.floor(now.call(performance) / stepMs) * stepMs });
  const { bigint } = process.hrtime;
  process.hrtime.bigint = () => bigint() - (bigint() % BigInt(stepNs));
}
