// One function out of a C file that clang-format wrote: from the comment above it to the brace in the first
// column that closes it. Pure.

/**
 * @param {string} source
 * @param {string} name
 * @returns {{ text: string, firstLine: number } | null} lines count from 1; null: there is no such function
 */
export function extractFunction(source, name) {
  if (!/^[A-Za-z_]\w*$/.test(name)) return null;
  const lines = source.split('\n');
  const named = new RegExp(`(^|[^\\w.>])${name}\\s*\\(`);
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    // A definition begins in the first column; a call, a comment or a directive does not look like this.
    if (!/^[A-Za-z_]/.test(line) || !named.test(line)) continue;
    const open = lines.findIndex((one, i) => i >= at && (one === '{' || one.endsWith('{')));
    const end = lines.findIndex((one, i) => i >= at && /;\s*$/.test(one));
    if (open < 0 || (end >= 0 && end < open)) continue; // a declaration
    const close = lines.findIndex((one, i) => i > open && one === '}');
    if (close < 0) return null;
    const first = aboveOf(lines, at);
    return { text: lines.slice(first, close + 1).join('\n'), firstLine: first + 1 };
  }
  return null;
}

/** The first line of what belongs to a definition: the rest of its type, and the comment above. @param {string[]} lines @param {number} at */
function aboveOf(lines, at) {
  let first = at;
  while (first > 0 && /^[A-Za-z_][\w\s*]*$/.test(lines[first - 1] ?? '')) first--;
  while (first > 0 && /^\/\//.test(lines[first - 1] ?? '')) first--;
  if (!(lines[first - 1] ?? '').trimEnd().endsWith('*/')) return first;
  for (let i = first - 1; i >= 0; i--) {
    const line = lines[i] ?? '';
    if (line.includes('/*')) return line.startsWith('/*') ? i : first;
  }
  return first;
}
