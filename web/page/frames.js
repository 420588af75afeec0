// The frames in which what shows a run is drawn. Whoever answers a look (looks.js) waits until none is asked for.
//
// What many ask for at once is drawn over several frames: each takes what has its turn until FRAME_MS are over, so that
// a page with many charts is never busy for long at a time.

const FRAME_MS = 8;

/** In the order in which they were asked for. @type {Map<number, FrameRequestCallback>} */
const asked = new Map();
let last = 0;
let requested = false;

/** requestAnimationFrame(), counted, in this frame or one soon after. @param {FrameRequestCallback} draw */
export function nextFrame(draw) {
  asked.set(++last, draw);
  request();
  return last;
}

/** A frame that nextFrame() gave will not be needed. @param {number} frame */
export function dropFrame(frame) {
  asked.delete(frame);
}

/** Something is still to be drawn. */
export function drawing() {
  return asked.size > 0;
}

function request() {
  if (requested) return;
  requested = true;
  requestAnimationFrame(take);
}

/** @param {number} time */
function take(time) {
  requested = false;
  const until = performance.now() + FRAME_MS;
  const newest = last; // what is asked for meanwhile is another frame's
  try {
    for (const [frame, draw] of asked) {
      if (frame > newest) break;
      asked.delete(frame);
      draw(time);
      if (performance.now() >= until) break;
    }
  } finally {
    if (asked.size > 0) request();
  }
}
