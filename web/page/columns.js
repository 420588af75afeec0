// A long list of objects that all have the same members, by its columns: as JSON a quarter as long. Pure.

/** @typedef {Record<string, any>} Row */
/** @typedef {any[] | { words: string[], at: number[] }} Column  `at`: of each row, which of the words; of words that come again */

/** Whether a list can be kept so. @param {readonly Row[]} rows */
export const alike = (rows) => new Set(rows.map((row) => Object.keys(row).join())).size === 1;

/** @param {readonly Row[]} rows at least one, all alike @returns {{ columns: Record<string, Column> }} */
export function toColumns(rows) {
  const columns = Object.keys(rows[0] ?? {}).map((key) => {
    const values = rows.map((row) => row[key]);
    const words = [...new Set(values)];
    return [key, typeof values[0] === 'string' && words.length < values.length ? { words, at: values.map((value) => words.indexOf(value)) } : values];
  });
  return { columns: Object.fromEntries(columns) };
}

/** @param {{ columns: Record<string, Column> }} packed @returns {Row[]} */
export function toRows({ columns }) {
  const lists = Object.entries(columns).map(([key, column]) => /** @type {const} */ ([key, Array.isArray(column) ? column : column.at.map((at) => column.words[at])]));
  return (lists[0]?.[1] ?? []).map((_, row) => Object.fromEntries(lists.map(([key, values]) => [key, values[row]])));
}
