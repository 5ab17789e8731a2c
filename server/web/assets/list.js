// Lists: older rows while scrolling, newer ones when asked for, and the same place after Back.

import { explain, get, me, write } from './api.js';
import { say, speak } from './say.js';
import { age, fullTime } from './text.js';
import { bump } from './toggle.js';

const AHEAD = '800px';
const LOADS_UNASKED = 3;
const MOST_ITEMS = 1000;
const MOST_RESTORED = 500;
const MINUTE_MS = 60_000;
const MANY_NEW = 20;

/**
 * How many rows there were, and which of them (people have no ids) stood where on the screen.
 * @typedef {{items: number, id: string, at: number, top: number}} Place
 */

const list = /** @type {HTMLOListElement} */ (document.getElementById('list'));
const pill = /** @type {HTMLButtonElement | null} */ (document.getElementById('pill'));
const title = document.title;
let unasked = LOADS_UNASKED;
/** The load that runs, if one does. @type {Promise<Element | null> | undefined} */
let loading;
/** What the last look at the first page found. @type {HTMLLIElement[]} */
let found = [];

/** @type {{createHTML(html: string): string}} */
const policy = /** @type {any} */ (window).trustedTypes?.createPolicy('warble', {
  createHTML: (/** @type {string} */ html) => html,
}) ?? { createHTML: (html) => html };

/**
 * The one place where text becomes markup: what this server wrote for this page.
 * @param {string} html
 */
function parseFragment(html) {
  const template = document.createElement('template');
  template.innerHTML = policy.createHTML(html);
  return template.content;
}

/** A page's address with the wish for its bare rows. @param {string} href @param {string} part */
function partOf(href, part) {
  const url = new URL(href, location.href);
  url.hash = '';
  url.searchParams.set('part', part);
  return url.href;
}

const olderLink = () =>
  /** @type {HTMLAnchorElement | null} */ (document.querySelector('.older a'));

/**
 * Where the focus goes to a row: the tweet, or the person's name.
 * @param {Element | null} [row]
 */
export const focusRow = (row) =>
  /** @type {HTMLElement | null} */ (row?.querySelector('article, .who a') ?? null)?.focus();

/** Fetches the next page; answers its first row, or null. */
async function fetchOlder() {
  const link = olderLink();
  if (!link) return null;
  const answer = await get(partOf(link.href, 'items'));
  if (answer.status !== 200) {
    unasked = 0;
    explain(answer, 'Nothing older yet', older);
    return null;
  }
  const rows = parseFragment(answer.text);
  const end = rows.querySelector('.older');
  const first = rows.querySelector('li');
  list.append(...rows.querySelectorAll('li'));
  if (end) {
    const hadFocus = link === document.activeElement;
    link.closest('.older')?.replaceWith(end);
    if (hadFocus) olderLink()?.focus({ preventScroll: true });
  }
  watchEnd();
  return first;
}

/** Loads the next page, one at a time. */
function load() {
  loading ??= fetchOlder().finally(() => {
    loading = undefined;
  });
  return loading;
}

/** The link was pressed. */
async function older() {
  focusRow(await load());
}

const nearEnd = new IntersectionObserver(
  (entries) => {
    if (unasked <= 0 || !entries.some((entry) => entry.isIntersecting)) return;
    unasked -= 1;
    load();
  },
  { rootMargin: AHEAD },
);

/** Looks out for the end of the list, which is another one after each load. */
function watchEnd() {
  nearEnd.disconnect();
  const link = olderLink();
  if (link && list.childElementCount < MOST_ITEMS) nearEnd.observe(link);
}

/** The rows of the first page that stand above what this page has. @param {Element[]} rows */
function newer(rows) {
  const last = rows.findLastIndex((row) => document.getElementById(row.id));
  return rows
    .slice(0, last < 0 ? undefined : last)
    .filter((row) => !document.getElementById(row.id));
}

/** Asks for the first page, and says how many are new. */
async function look() {
  const answer = await get(partOf(location.href, 'items'), true);
  if (answer.status !== 200 || !pill) return;
  const rows = [...parseFragment(answer.text).querySelectorAll('li')];
  found = rows;
  const n = newer(rows).length;
  const text = `${n >= MANY_NEW ? `${MANY_NEW} or more` : n} new tweet${n === 1 ? '' : 's'}`;
  if (n && pill.textContent !== text) speak(text);
  pill.hidden = n === 0;
  pill.textContent = text;
  document.title = n ? `(${n}) ${title}` : title;
}

/**
 * Puts rows of the first page where they belong among those that are here.
 * @param {Element[]} rows
 */
function merge(rows) {
  const fresh = new Set(newer(rows));
  let place = list.firstElementChild;
  for (const row of rows) {
    const here = document.getElementById(row.id);
    if (here?.parentElement === list) place = here.nextElementSibling;
    else if (fresh.has(row)) list.insertBefore(row, place);
  }
  document.getElementById('empty')?.remove();
}

/** The button with the number of new tweets was pressed. */
function showNewer() {
  const rows = newer(found);
  if (rows.length >= MANY_NEW) return location.assign(location.pathname + location.search);
  scrollTo(0, 0);
  merge(found);
  if (pill) pill.hidden = true;
  document.title = title;
  focusRow(rows[0]);
}

/** Shows what came, or looks for it. */
export const showOrLook = () => (pill && !pill.hidden ? showNewer() : pill && look());

/**
 * Puts one's own new tweet first, where the list shows such; answers whether it does.
 * @param {string} id
 */
export async function showPosted(id) {
  bump('tweets', 1);
  if (!pill || (document.body.dataset.of ?? me()) !== me()) return false;
  const answer = await get(partOf(`/@${me()}/${id}`, 'item'));
  const row = parseFragment(answer.text).querySelector('li');
  if (answer.status !== 200 || !row) return false;
  document.getElementById('empty')?.remove();
  if (!document.getElementById(row.id)) list.prepend(row);
  scrollTo(0, 0);
  focusRow(document.getElementById(row.id));
  return true;
}

/** Asks first, then deletes. @param {HTMLElement} link */
function askToDelete(link) {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById('delete'));
  const tweet = /** @type {HTMLElement} */ (link.closest('article'));
  dialog.returnValue = '';
  dialog.showModal();
  dialog.addEventListener(
    'close',
    () => {
      if (dialog.returnValue === 'delete') remove(tweet);
      else link.focus();
    },
    { once: true },
  );
}

/** @param {HTMLElement} tweet */
async function remove(tweet) {
  const { by, id } = tweet.dataset;
  const answer = await write('DELETE', `/api/users/${by}/tweets/${id}`);
  if (answer.status >= 300 || answer.status === 0) {
    if (answer.status !== 404) return explain(answer, 'Not deleted', () => remove(tweet));
  }
  const row = tweet.closest('li');
  if (!row) return location.assign(`/@${by}`);
  const next =
    row.nextElementSibling?.querySelector('.when') ?? document.getElementById('list-title');
  row.remove();
  bump('tweets', -1);
  /** @type {HTMLElement | null} */ (next)?.focus();
  say('Deleted.');
}

/** Keeps the ages true; the full time is made when somebody points at it. */
function refreshAges() {
  const now = new Date();
  for (const time of document.querySelectorAll('time')) {
    if ('day' in time.dataset || 'full' in time.dataset) continue;
    const text = age(new Date(time.dateTime), now);
    if (time.textContent !== text) time.textContent = text;
  }
}

/** @param {Event} event */
function tellFullTime(event) {
  const target = event.target instanceof Element ? event.target : null;
  const time = target?.closest('.when')?.parentElement?.querySelector('time');
  if (time) time.title = fullTime(new Date(time.dateTime));
}

/** The name under which a tab keeps the place of this entry of its history. */
function placeName() {
  if (!history.state) history.replaceState(Math.random(), '');
  return `place:${history.state}`;
}

/** Remembers how much there is, and which row stands first on the screen. @param {string} name */
function keepPlace(name) {
  const rows = [...list.children];
  const at = rows.findIndex((row) => row.getBoundingClientRect().bottom > 0);
  const top = rows.at(at)?.getBoundingClientRect().top ?? 0;
  /** @type {Place} */
  const place = { items: rows.length, id: rows.at(at)?.id ?? '', at, top };
  sessionStorage.setItem(name, JSON.stringify(place));
}

/**
 * Where the browser has not kept the page, loads the list as far as it was.
 * @param {string} name
 */
async function restorePlace(name) {
  const kept = sessionStorage.getItem(name);
  /** @type {Place} */
  const place = kept && JSON.parse(kept);
  if (!place) return;
  const moved = new AbortController();
  for (const type of ['wheel', 'touchstart', 'keydown', 'pointerdown']) {
    addEventListener(type, () => moved.abort(), { once: true, signal: moved.signal });
  }
  const before = unasked;
  unasked = 0;
  const most = Math.min(place.items, MOST_RESTORED);
  while (list.childElementCount < most && !moved.signal.aborted && (await load()));
  unasked = before;
  watchEnd();
  const row = document.getElementById(place.id) ?? [...list.children].at(place.at);
  if (row && !moved.signal.aborted) scrollBy(0, row.getBoundingClientRect().top - place.top);
  moved.abort();
}

function startLooking() {
  let looked = Date.now();
  const lookIfDue = () => {
    if (document.visibilityState !== 'visible' || Date.now() - looked < MINUTE_MS) return;
    looked = Date.now();
    look();
  };
  setInterval(lookIfDue, MINUTE_MS);
  document.addEventListener('visibilitychange', lookIfDue);
  pill?.addEventListener('click', showNewer);
}

export function startLists() {
  for (const time of document.querySelectorAll('time')) {
    if ('full' in time.dataset) time.textContent = fullTime(new Date(time.dateTime));
  }
  setInterval(refreshAges, MINUTE_MS);
  for (const type of ['pointerover', 'focusin']) document.addEventListener(type, tellFullTime);
  document.addEventListener('click', (event) => {
    const link = /** @type {HTMLElement | null} */ (
      /** @type {Element} */ (event.target).closest('[data-delete], .older a')
    );
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!link.matches('[data-delete]') && list.childElementCount >= MOST_ITEMS) return;
    event.preventDefault();
    if (link.matches('[data-delete]')) askToDelete(link);
    else older();
  });
  if (!list) return;
  const name = placeName();
  history.scrollRestoration = 'manual';
  addEventListener('pagehide', () => keepPlace(name));
  // WebKit keeps the page, but not the place.
  addEventListener('pageshow', ({ persisted }) => persisted && restorePlace(name));
  watchEnd();
  restorePlace(name);
  if (pill) startLooking();
}
