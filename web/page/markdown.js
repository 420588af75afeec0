// Markdown as GitHub and chats read it. Pure.

/** A text that means itself, on one line. @param {string} text */
export function plain(text) {
  return text.replaceAll('\u00a0', ' ').replace(/\s+/g, ' ').trim().replace(/[\\`*_[\]<>|~&]/g, '\\$&');
}

/**
 * @param {readonly string[]} heads @param {readonly (readonly string[])[]} rows texts that mean themselves
 * @param {(column: number) => boolean} numbers which columns are of numbers
 */
export function table(heads, rows, numbers) {
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(' | ')} |\n`;
  return [heads.map(plain), heads.map((_, i) => (numbers(i) ? '---:' : '---')), ...rows.map((row) => row.map(plain))].map(line).join('');
}
