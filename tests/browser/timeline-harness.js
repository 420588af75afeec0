// Puts a timeline on a page and lets a test drive it.
import { createTimeline } from '../../web/timeline/index.js';
import { batches, synthetic } from './timeline-synthetic.js';

const host = /** @type {HTMLElement} */ (document.getElementById('host'));
const query = new URLSearchParams(location.search);
const timeline = createTimeline(host, { maxHeight: Number(query.get('height') ?? 620) });
Object.assign(globalThis, { timeline, synthetic, batches });
