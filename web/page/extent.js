// The least and the greatest of numbers of which there may be any number: a result may have a hundred thousand
// samples a run, and no browser takes as many arguments (Math.min(...samples) is a RangeError). Pure.

/**
 * What is no number is left out. Of none: Infinity and -Infinity.
 * @param {Iterable<number>} values
 * @returns {{ least: number, most: number }}
 */
export function extent(values) {
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return { least, most };
}

/** @param {Iterable<number>} values */
export const least = (values) => extent(values).least;
/** @param {Iterable<number>} values */
export const most = (values) => extent(values).most;

/**
 * Which of so many values to draw where there is room for fewer: evenly spaced, in their order, the least and the
 * greatest among them.
 * @param {readonly number[]} values
 * @param {number} room at least 2
 * @returns {number[]} their places
 */
export function thinned(values, room) {
  const count = values.length;
  if (count <= room) return values.map((_, i) => i);
  let [lowest, highest] = [0, 0];
  for (let i = 1; i < count; i++) {
    if (Number(values[i]) < Number(values[lowest])) lowest = i;
    if (Number(values[i]) > Number(values[highest])) highest = i;
  }
  const places = new Set([lowest, highest]);
  const even = room - places.size;
  for (let i = 0; i < even; i++) places.add(Math.floor(((i + 0.5) * count) / even));
  return [...places].sort((a, b) => a - b);
}
