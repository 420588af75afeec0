// A chart is drawn for the width it has, so that its text is never scaled.

import { batched } from '../dom.js';

/** Keeps a chart drawn at the width of its place. @param {HTMLElement} hold @param {(width: number) => SVGSVGElement} draw */
export function fit(hold, draw) {
  let width = 0;
  const redraw = batched(() => {
    const room = Math.floor(hold.clientWidth);
    if (room === 0 || room === width) return;
    width = room;
    hold.replaceChildren(draw(room));
  });
  new ResizeObserver(redraw).observe(hold);
}
