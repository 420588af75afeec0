// The numbers that worker/ shares with C: core/platform/error.h (LAB_ERRORS), core/platform/host.h (LAB_HOST_OPS) and
// core/platform/probe.h (LAB_PROBES). tests/headless/host-abi.test.js compares them with those headers.

export const ERRORS = Object.freeze({
  LAB_OK: 0,
  LAB_E_NOMEM: -1,
  LAB_E_INVALID: -2,
  LAB_E_STATE: -3,
  LAB_E_FULL: -4,
  LAB_E_CANCELLED: -5,
  LAB_E_TIMEOUT: -6,
  LAB_E_SHUTDOWN: -7,
  LAB_E_BROKEN: -8,
  LAB_E_TASK: -9,
  LAB_E_IO: -10,
  LAB_E_UNAVAILABLE: -11,
  LAB_E_USAGE: -12,
  LAB_E_STOPPED: -13,
  LAB_E_TOO_LARGE: -14,
  LAB_E_AGAIN: -15,
  LAB_E_UNVERIFIED: -16,
  LAB_E_EXECUTION: -17,
  LAB_E_DIED: -18,
  LAB_E_DEADLOCK: -19,
  LAB_E_END: -20,
});

export const OPS = Object.freeze({
  WRITE: 1,
  EVENT: 2,
  DONE: 3,
  READ_FILE: 4,
  WRITE_FILE: 5,
  FETCH: 6,
  FETCH_CANCEL: 7,
  SPAWN: 8,
  KILL: 9,
  SEND: 10,
  SITE_OPEN: 11,
  SITE_CLOSE: 12,
  PROBE: 13,
  PEER: 14,
  SHOW: 15,
  KEEP: 16,
});

export const PROBES = Object.freeze({
  MESSAGE: 1,
  TRANSFER: 2,
  CLONE: 3,
  INSTANTIATE: 4,
  START_COLD: 5,
  FORK: 6,
  FETCH_CACHE: 7,
  FETCH_NETWORK: 8,
  WRITE: 9,
  READ: 10,
});
