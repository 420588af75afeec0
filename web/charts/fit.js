// A chart is drawn for the width it has, so that its text is never scaled.

import { batched } from '../page/dom.js';

/**
 * Keeps a chart drawn at the width of its place.
 * @param {HTMLElement} hold
 * @param {(width: number) => SVGSVGElement} draw
 * @returns {() => void} draws it anew, in the next frame: what it shows has changed
 */
export function fit(hold, draw) {
  let width = 0;
  let changed = false;
  const redraw = batched(() => {
    const room = Math.floor(hold.clientWidth);
    if (room === 0 || (room === width && !changed)) return;
    width = room;
    changed = false;
    hold.replaceChildren(draw(room));
  });
  new ResizeObserver(redraw).observe(hold);
  return () => {
    changed = true;
    redraw();
  };
}
