// Who is signed in may change behind a page; so may whether there is a network.

import { get, me, parse } from './api.js';

const PAUSE_MS = 1000;
const WHO = 'who';
const user = () => me() ?? '';
const strip = /** @type {HTMLElement} */ (document.getElementById('strip'));

/**
 * A line below the bar, or none.
 * @param {string} text
 * @param {boolean} [reloads]  whether it offers that
 */
function show(text, reloads) {
  strip.textContent = text;
  strip.hidden = !text;
  if (!reloads) return;
  const link = document.createElement('a');
  link.href = location.href;
  link.textContent = 'Load this page again';
  strip.append(' ', link);
}

/** Another tab has somebody else's page. @param {string} other */
function hear(other) {
  if (other === user()) return;
  show(
    other ? `You are @${other} in another tab now.` : 'You have signed out in another tab.',
    true,
  );
}

/** Tells the other tabs whose page this is, and hears of theirs. */
function open() {
  const channel = new BroadcastChannel('warble');
  channel.onmessage = ({ data }) => hear(data);
  channel.postMessage(user());
  // An open channel may keep the page out of the browser's cache, or throw it out.
  addEventListener('pagehide', () => channel.close(), { once: true });
}

/**
 * Back from the browser's cache: nothing can be pressed before it is known who is there.
 * @param {Element | null} [focused]
 * @returns {Promise<unknown>}
 */
async function check(focused = document.activeElement) {
  // What another page of this browser has left tells at once that this must not be seen.
  const { body } = document;
  body.hidden = localStorage.getItem(WHO) !== user();
  if (body.hidden) return location.reload();
  if (!me()) return;
  body.inert = true;
  const answer = await get('/api/sessions/current', true);
  if (answer.status !== 200 && answer.status !== 401) return setTimeout(check, PAUSE_MS, focused);
  if (parse(answer)?.user?.username !== user()) return location.reload();
  body.inert = false;
  /** @type {HTMLElement | null} */ (focused)?.focus({ preventScroll: true });
}

export function startSession() {
  localStorage.setItem(WHO, user());
  open();
  addEventListener('pageshow', (event) => {
    if (!event.persisted) return;
    open();
    check();
  });
  const offline = () => show(navigator.onLine ? '' : 'You are offline. What you write is kept.');
  addEventListener('online', offline);
  addEventListener('offline', offline);
  if (!navigator.onLine) offline();
}
