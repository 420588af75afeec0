// A cycle of waits, drawn: workers and futures in a ring, an arrow for each "waits for" and "runs on". The
// same stands below it as a list.

import { h } from '../page/dom.js';
import { fit } from '../charts/fit.js';
import { chart, label, s } from '../charts/svg.js';
import { sentence } from '../page/host.js';

/** @import { Deadlock, Wait } from './types.js' */
/** @typedef {{ kind: 'worker' | 'future', title: string, under: string, edge: string, x: number, y: number, box: { width: number, height: number } }} Node */

const MOST_WIDTH = 600;
/** @param {number} width of the drawing */
const boxOf = (width) => ({ width: Math.min(126, width * 0.34), height: 50 });
const ARROW = 9;

/** @param {Deadlock} deadlock @returns {HTMLElement[]} */
export function deadlockParts(deadlock) {
  const hold = h('div', { class: 'chart-hold cycle' });
  fit(hold, (width) => drawCycle(deadlock.cycle, Math.min(width, MOST_WIDTH), cycleSentence(deadlock)));
  return [
    h('p', { class: 'verdict' }, cycleSentence(deadlock)),
    hold,
    h('ol', { class: 'cycle-list' }, ...deadlock.cycle.map((wait) => h('li', {}, waitWords(wait)))),
  ];
}

/** The core's sentence, as one of the page. @param {Pick<Deadlock, 'sentence'>} deadlock */
export function cycleSentence({ sentence: words }) {
  return sentence(words.replace(/^deadlock: /i, ''));
}

/** @param {Wait} wait */
export function waitWords({ worker, task, waitsFor, because }) {
  return `${capital(worker)} runs ${task}, which waits for the result of ${waitsFor}: ${because}.`;
}

/** What holds a future up, in the few words an arrow has room for. @param {string} because */
export function edgeWords(because) {
  if (/ runs on /.test(because)) return 'runs on';
  if (/pending/.test(because)) return 'pending, needs';
  return 'hangs on';
}

/** @param {readonly Wait[]} cycle @param {number} width */
export function placeNodes(cycle, width) {
  const box = boxOf(width);
  /** @type {Node[]} */
  const nodes = cycle.flatMap(({ worker, task, waitsFor, because }) => [
    { kind: /** @type {const} */ ('worker'), title: worker, under: task, edge: 'waits for', x: 0, y: 0, box },
    { kind: /** @type {const} */ ('future'), title: 'future', under: `of ${waitsFor}`, edge: edgeWords(because), x: 0, y: 0, box },
  ]);
  const left = box.width / 2 + 2;
  const right = width - left;
  const top = box.height / 2 + 2;
  const count = nodes.length;
  // Two opposite each other, four as a rectangle, more as two columns: down on the right, up on the left.
  const rows = count === 2 ? 1 : count / 2;
  const pitch = count === 2 ? 0 : 130;
  nodes.forEach((node, i) => {
    const down = count === 2 ? i : i === 0 ? 0 : i <= rows ? i - 1 : count - i;
    const onRight = count === 2 ? i === 1 : i > 0 && i <= rows;
    node.x = onRight ? right : left;
    node.y = count === 2 ? top + 24 : top + down * pitch;
  });
  return { nodes, height: count === 2 ? box.height + 52 : (rows - 1) * pitch + box.height + 4 };
}

/** @param {readonly Wait[]} cycle @param {number} width @param {string} summary */
function drawCycle(cycle, width, summary) {
  const { nodes, height } = placeNodes(cycle, width);
  const arrows = nodes.map((node, i) => arrow(node, /** @type {Node} */ (nodes[(i + 1) % nodes.length]), nodes.length === 2 ? (i === 0 ? -1 : 1) : 0));
  return chart(width, height, `Diagram. ${summary}`, ...arrows, ...nodes.map(drawNode));
}

/** @param {Node} node */
function drawNode({ kind, title, under, x, y, box: { width, height } }) {
  return s('g', { class: `node ${kind}` },
    s('rect', { x: x - width / 2, y: y - height / 2, width, height, rx: kind === 'future' ? height / 2 : 3 }),
    label(x, y - 4, title, 'title', 'middle'),
    label(x, y + 14, under, 'tick', 'middle'));
}

/** @param {Node} from @param {Node} to @param {-1 | 0 | 1} bend of two arrows between the same two: above or below */
function arrow(from, to, bend) {
  const away = { x: to.x - from.x, y: to.y - from.y };
  const a = edgeOf(from, away.x, away.y, bend);
  const b = edgeOf(to, -away.x, -away.y, bend);
  const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 + bend * 26 };
  // The arrow comes in along the last stretch of the curve.
  const angle = Math.atan2(b.y - (bend ? middle.y : a.y), b.x - (bend ? middle.x : a.x));
  const wing = (/** @type {number} */ turn) => `${(b.x - ARROW * Math.cos(angle + turn)).toFixed(1)} ${(b.y - ARROW * Math.sin(angle + turn)).toFixed(1)}`;
  const path = bend ? `M${a.x} ${a.y}Q${middle.x} ${middle.y} ${b.x} ${b.y}` : `M${a.x} ${a.y}L${b.x} ${b.y}`;
  const upright = Math.abs(away.x) < Math.abs(away.y);
  const words = { x: middle.x, y: upright ? middle.y + 4 : bend ? (a.y + b.y) / 2 + bend * 22 + (bend < 0 ? -4 : 12) : middle.y - 8 };
  return s('g', { class: `arrow of-${from.kind}` },
    s('path', { d: path, class: 'way' }),
    s('path', { d: `M${wing(0.42)}L${b.x} ${b.y}L${wing(-0.42)}z`, class: 'head' }),
    label(words.x, words.y, from.edge, 'value', 'middle'));
}

/** Where a line that leaves a node comes out of it. @param {Node} node @param {number} dx @param {number} dy @param {number} bend */
function edgeOf(node, dx, dy, bend) {
  const { width, height } = node.box;
  const sideways = Math.abs(dx) * height >= Math.abs(dy) * width;
  if (sideways) return { x: node.x + Math.sign(dx) * (width / 2 + 2), y: node.y + bend * 10 };
  return { x: node.x, y: node.y + Math.sign(dy) * (height / 2 + 2) };
}

/** @param {string} words */
function capital(words) {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
