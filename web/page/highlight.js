// Light highlighting of C: comments, strings, preprocessor lines, keywords. Pure.

/** @typedef {{ kind: '' | 'comment' | 'string' | 'directive' | 'keyword', text: string }} Piece */

const KEYWORDS = new Set(
  `auto bool break case char const continue default do double else enum extern false float for goto if inline int
   int8_t int16_t int32_t int64_t long register restrict return short signed size_t sizeof static struct switch true
   typedef uint8_t uint16_t uint32_t uint64_t union unsigned void volatile while _Alignas _Atomic _Bool _Static_assert`.split(/\s+/),
);

const TOKEN =
  /(?<comment>\/\*[\s\S]*?(?:\*\/|$)|\/\/[^\n]*)|(?<string>"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)|(?<directive>(?<=^|\n)[ \t]*#(?:\\\n|(?!\/\*|\/\/)[^\n])*)|(?<word>[A-Za-z_]\w*)/g;

/** @param {string} source @returns {Piece[][]} the pieces of each line */
export function highlight(source) {
  /** @type {Piece[][]} */
  const lines = [[]];
  /** @param {Piece['kind']} kind @param {string} text */
  const add = (kind, text) => {
    text.split('\n').forEach((part, i) => {
      if (i > 0) lines.push([]);
      if (part) lines[lines.length - 1]?.push({ kind, text: part });
    });
  };
  let at = 0;
  for (const match of source.matchAll(TOKEN)) {
    const { comment, string, directive, word } = match.groups ?? {};
    if (word !== undefined && !KEYWORDS.has(word)) continue;
    add('', source.slice(at, match.index));
    add(comment !== undefined ? 'comment' : string !== undefined ? 'string' : directive !== undefined ? 'directive' : 'keyword', match[0]);
    at = match.index + match[0].length;
  }
  add('', source.slice(at));
  return lines;
}
