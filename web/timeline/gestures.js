// Mouse, touch and keyboard. What a gesture means is in the handlers that index.js gives.
//
// The wheel zooms once the timeline has the focus, or with Ctrl (as a trackpad's pinch sends it); until
// then it scrolls the page, as a reader who is only passing by expects. Up and down strokes of a finger
// scroll (touch-action: pan-y), sideways they pan, two fingers pinch.

/**
 * @typedef {object} Handlers
 * @property {(part: number) => void} pan by a part of the shown width
 * @property {(factor: number, x: number) => void} zoom about a point
 * @property {(dy: number) => void} scroll
 * @property {(x: number, y: number, touch: boolean) => void} hover
 * @property {() => void} leave
 * @property {(x: number, y: number) => void} press without moving
 * @property {(x: number, y: number) => void} pressTwice
 * @property {(event: KeyboardEvent) => boolean} key returns whether it meant something
 */

const CLICK_DISTANCE = 4;

/**
 * @param {HTMLElement} stage @param {() => number} plotWidth @param {Handlers} on
 * @returns {() => void} lets go of the stage
 */
export function listen(stage, plotWidth, on) {
  const control = new AbortController();
  const { signal } = control;
  /** Fingers and buttons that are down. @type {Map<number, { x: number, y: number }>} */
  const down = new Map();
  let moved = 0;

  /** @param {PointerEvent | WheelEvent | MouseEvent} event */
  const point = (event) => {
    const box = stage.getBoundingClientRect();
    return { x: event.clientX - box.left - stage.clientLeft, y: event.clientY - box.top - stage.clientTop };
  };

  stage.addEventListener('wheel', (event) => {
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    const dx = (event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX) * unit;
    const dy = event.shiftKey ? 0 : event.deltaY * unit;
    const focused = stage.contains(document.activeElement);
    if (Math.abs(dx) > Math.abs(dy)) on.pan(dx / plotWidth());
    else if (event.ctrlKey || event.metaKey || focused) {
      // A pinch sends small steps; a mouse's notch is about 100.
      on.zoom(Math.exp(Math.max(-120, Math.min(120, dy)) * (event.ctrlKey ? 0.008 : 0.0025)), point(event).x);
    } else return;
    event.preventDefault();
  }, { passive: false, signal });

  stage.addEventListener('pointerdown', (event) => {
    const at = point(event);
    if (event.button !== 0 || at.x > stage.clientWidth) return; // the scroll bar's own
    if (down.size === 0) moved = 0;
    down.set(event.pointerId, at);
  }, { signal });

  stage.addEventListener('pointermove', (event) => {
    const to = point(event);
    const from = down.get(event.pointerId);
    if (!from) {
      on.hover(to.x, to.y, event.pointerType === 'touch');
      return;
    }
    moved += Math.hypot(to.x - from.x, to.y - from.y);
    if (moved > CLICK_DISTANCE && !stage.hasPointerCapture(event.pointerId)) stage.setPointerCapture(event.pointerId);
    if (moved > CLICK_DISTANCE) {
      if (down.size === 2) pinch(event.pointerId, from, to);
      else {
        on.pan((from.x - to.x) / plotWidth());
        if (event.pointerType === 'mouse') on.scroll(from.y - to.y);
      }
      on.hover(to.x, to.y, event.pointerType === 'touch');
    }
    if (moved > CLICK_DISTANCE || down.size === 2) down.set(event.pointerId, to);
  }, { signal });

  /** @param {number} id @param {{ x: number, y: number }} from @param {{ x: number, y: number }} to */
  function pinch(id, from, to) {
    const other = [...down].find(([key]) => key !== id)?.[1];
    if (!other) return;
    const before = Math.max(12, Math.abs(from.x - other.x));
    const after = Math.max(12, Math.abs(to.x - other.x));
    on.pan((from.x - to.x) / 2 / plotWidth());
    on.zoom(before / after, (to.x + other.x) / 2);
  }

  /** @param {PointerEvent} event */
  const up = (event) => {
    if (!down.delete(event.pointerId) || event.type === 'pointercancel') return;
    const { x, y } = point(event);
    if (moved <= CLICK_DISTANCE) on.press(x, y);
  };
  stage.addEventListener('pointerup', up, { signal });
  stage.addEventListener('pointercancel', up, { signal });
  stage.addEventListener('pointerleave', (event) => {
    if (event.pointerType !== 'touch' && !down.has(event.pointerId)) on.leave();
  }, { signal });
  stage.addEventListener('dblclick', (event) => {
    const { x, y } = point(event);
    on.pressTwice(x, y);
  }, { signal });
  stage.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (on.key(event)) event.preventDefault();
  }, { signal });

  return () => control.abort();
}
