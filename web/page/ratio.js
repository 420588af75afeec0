// Whether one number is more than another: what the 95% interval of their ratio says, and not whether their own two
// intervals overlap (core/stats/compare.h says why). For numbers of which there are no samples here. Pure.

/** @typedef {{ value: number, low: number, high: number }} Bounded  `low`, `high`: its 95% interval, around `value` */

/**
 * How many times `below` is in `above`, with its interval, out of theirs: in logarithms the ratio is a difference, and the
 * errors of two that are independent add in quadrature. The lower end takes the sides that face each other, how far down
 * `above` reaches and how far up `below`; the upper end takes the others. What both share (a baseline) cancels in a ratio
 * and is not known here, which makes the interval too wide and never too narrow.
 * @param {Bounded} above @param {Bounded} below both of them positive; one without a lower end has it at 0
 * @returns {Bounded}
 */
export function ratioOf(above, below) {
  const value = above.value / below.value;
  const reach = (/** @type {number} */ one, /** @type {number} */ other) => Math.exp(Math.hypot(Math.log(one), Math.log(other)));
  return {
    value,
    low: value / reach(above.value / above.low, below.high / below.value),
    high: value * reach(above.high / above.value, below.value / below.low),
  };
}

/** Whether a ratio may be 1: then nobody can tell which of the two is more. @param {Bounded} ratio */
export const mayBeOne = ({ low, high }) => low <= 1 && high >= 1;
