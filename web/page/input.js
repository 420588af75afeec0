// What people type: read, and said again.

/** Controls, marks of formatting (zero-width, right to left), unusual spaces, halves of characters, and what is no character. */
const UNSEEN = /^(?! )[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zs}\p{Zl}\p{Zp}]$/u;

/**
 * @param {string} text
 * @param {number} low
 * @param {number} high
 * @returns {number | null} null when it is not a whole number in the range
 */
export function wholeNumber(text, low, high) {
  const trimmed = text.trim();
  if (!/^\d{1,15}$/.test(trimmed)) return null;
  const value = Number(trimmed);
  return value >= low && value <= high ? value : null;
}

/** A long or strange text, short enough to stand in a sentence. What nobody could see is named. @param {string} text */
export function quote(text) {
  const clean = [...text.replace(/[ \t\r\n]+/g, ' ').replace(/^ | $/g, '')];
  const seen = (clean.length > 40 ? [...clean.slice(0, 39), '…'] : clean).map((sign) => (UNSEEN.test(sign) ? `[U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]` : sign));
  return `“${seen.join('')}”`;
}
