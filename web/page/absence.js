// Whether the page is in sight while it runs something: browsers slow down one that is not, and may freeze it. The core is
// told, as plain facts, and says in the document what they mean.

/**
 * @param {(hidden: boolean, frozenMs: number) => void} tell when that changes; at once if it is hidden now
 * @returns {() => void} ends it
 */
export function watchAbsence(tell) {
  const ended = new AbortController();
  const { signal } = ended;
  let frozenAt = 0;
  document.addEventListener('visibilitychange', () => tell(document.hidden, 0), { signal });
  document.addEventListener('freeze', () => (frozenAt = performance.now()), { signal });
  document.addEventListener('resume', () => tell(document.hidden, performance.now() - frozenAt), { signal });
  if (document.hidden) tell(true, 0);
  return () => ended.abort();
}
