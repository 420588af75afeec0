// The frames in which what shows a run is drawn. Whoever answers a look (looks.js) waits until none is asked for.

let asked = 0;

/** requestAnimationFrame(), counted. @param {FrameRequestCallback} draw */
export function nextFrame(draw) {
  asked++;
  return requestAnimationFrame((time) => {
    asked--;
    draw(time);
  });
}

/** A frame that nextFrame() gave will not be needed. @param {number} frame */
export function dropFrame(frame) {
  asked--;
  cancelAnimationFrame(frame);
}

/** Something is still to be drawn. */
export function drawing() {
  return asked > 0;
}
