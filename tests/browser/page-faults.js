// What is wrong with a page whatever it shows.

/** What a screen reader would miss on a page. Runs in the page. @returns {string[]} */
export function faultsOfPage() {
  /** @type {string[]} */
  const list = [];
  const seen = new Set();
  for (const { id } of document.querySelectorAll('[id]')) {
    if (seen.has(id)) list.push(`two elements have the id ${id}`);
    seen.add(id);
  }
  for (const element of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('input, textarea, select')))
    if (!element.labels?.length && !element.getAttribute('aria-label') && !element.getAttribute('aria-labelledby')) list.push(`no label: ${element.outerHTML.slice(0, 80)}`);
  for (const element of document.querySelectorAll('button, a[href], summary'))
    if (!(element.getAttribute('aria-label') ?? element.textContent)?.trim()) list.push(`no name: ${element.outerHTML.slice(0, 80)}`);
  for (const name of ['aria-describedby', 'aria-labelledby', 'aria-controls'])
    for (const element of document.querySelectorAll(`[${name}]`))
      for (const id of (element.getAttribute(name) ?? '').split(/\s+/).filter(Boolean)) if (!seen.has(id)) list.push(`${name} names no element: ${id}`);
  for (const element of document.querySelectorAll('svg, canvas')) if (!element.closest('[aria-hidden="true"]') && !element.getAttribute('aria-label')) list.push(`a picture without a name: ${element.outerHTML.slice(0, 80)}`);
  for (const element of /** @type {NodeListOf<HTMLTableElement>} */ (document.querySelectorAll('table'))) {
    if (!element.caption && !element.getAttribute('aria-label')) list.push(`a table without a caption: ${element.className}`);
    for (const head of /** @type {NodeListOf<HTMLTableCellElement>} */ (element.querySelectorAll('th'))) if (!head.scope) list.push(`th without a scope: ${head.textContent}`);
  }
  for (const element of document.querySelectorAll('fieldset')) if (!element.querySelector(':scope > legend')) list.push('a fieldset without a legend');
  let level = 0;
  for (const heading of document.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) list.push(`${heading.tagName} after h${level}: ${heading.textContent}`);
    level = next;
  }
  if (document.querySelectorAll('h1').length !== 1 || document.querySelectorAll('main').length !== 1) list.push('not one h1 and one main');
  if (!document.documentElement.lang) list.push('no language');
  return list;
}
