// What an event loop of JavaScript's does with as many at once: async functions that give way once, and fetches.

/** @param {number} i */
async function yieldOnce(i) {
  await null;
  return i;
}

/** @type {Record<string, (count: number) => Promise<number>>} */
const forms = {
  async all(count) {
    const promises = new Array(count);
    for (let i = 0; i < count; i++) promises[i] = yieldOnce(i);
    return (await Promise.all(promises)).length;
  },
  // Without the array of results that Promise.all() makes.
  async each(count) {
    const promises = new Array(count);
    for (let i = 0; i < count; i++) promises[i] = yieldOnce(i);
    let right = 0;
    for (let i = 0; i < count; i++) if ((await promises[i]) === i) right++;
    return right;
  },
};

/** So many async functions, all alive at once. @param {string} form @param {number} count @returns {Promise<number>} how many came to their end */
export function asyncFunctions(form, count) {
  return forms[form](count);
}

/** So many fetches at once, each the whole of its body. @param {number} count @param {number} pages different ones @param {string} base
 * @returns {Promise<number>} how many there were; it fails if one does */
export async function fetches(count, pages, base) {
  const one = async (/** @type {number} */ i) => {
    const response = await fetch(`${base}/${i % pages}`);
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    return (await response.arrayBuffer()).byteLength;
  };
  return (await Promise.all(Array.from({ length: count }, (_, i) => one(i)))).filter(size => size > 0).length;
}
