// Follow and favorite: the wish shows at once, the last wish wins.

import { explain, me, write } from './api.js';
import { count, exact } from './text.js';

/**
 * What is known of a button: what its reader wants, and what the server last confirmed.
 * @typedef {{wish: boolean, known: boolean, running: boolean}} State
 */

const BUSY_MS = 1000;
/** @type {WeakMap<HTMLFormElement, State>} */
const states = new WeakMap();

/**
 * Shows a number that has changed.
 * @param {HTMLElement} place
 * @param {number} n
 * @param {string} none
 */
function showCount(place, n, none) {
  place.textContent = n ? count(n) : none;
  place.title = count(n) === exact(n) ? '' : exact(n);
}

/** Changes a count of the card. @param {string} name @param {number} by */
export function bump(name, by) {
  const place = /** @type {HTMLElement | null} */ (document.querySelector(`[data-count=${name}]`));
  if (!place) return;
  const n = Math.max(0, Number(place.dataset.n) + by);
  place.dataset.n = String(n);
  showCount(place, n, '0');
}

/** @param {HTMLButtonElement} star @param {boolean} wish */
function paintStar(star, wish) {
  const n = Math.max(0, Number(star.dataset.n) + (wish ? 1 : -1));
  star.dataset.n = String(n);
  star.ariaPressed = String(wish);
  star.classList.toggle('just', wish);
  showCount(/** @type {HTMLElement} */ (star.querySelector('.n')), n, '');
}

/** @param {HTMLFormElement} form @param {HTMLButtonElement} button @param {boolean} wish */
function paintFollow(form, button, wish) {
  button.classList.toggle('is-on', wish);
  const { user, of, page } = document.body.dataset;
  if (form.dataset.of === of) bump('followers', wish ? 1 : -1);
  else if (user === of || page === 'home') bump('followees', wish ? 1 : -1);
}

/** Shows what is wished for. @param {HTMLFormElement} form @param {boolean} wish */
function paint(form, wish) {
  const button = /** @type {HTMLButtonElement} */ (form.querySelector('button'));
  if (button.matches('.star')) paintStar(button, wish);
  else paintFollow(form, button, wish);
}

/**
 * What the API is asked for: path without the reader, and what it is called.
 * @param {HTMLFormElement} form
 */
function subject(form) {
  if (form.dataset.of) {
    return {
      path: `/api/users/${form.dataset.of}/followers`,
      names: ['Not unfollowed', 'Not followed'],
    };
  }
  const { by, id } = /** @type {HTMLElement} */ (form.closest('article')).dataset;
  return {
    path: `/api/users/${by}/tweets/${id}/favorites`,
    names: ['Still a favorite', 'Not favorited'],
  };
}

/**
 * Sends one request after the other until the server knows the last wish.
 * @param {HTMLFormElement} form
 * @param {State} state
 */
async function settle(form, state) {
  const button = /** @type {HTMLButtonElement} */ (form.querySelector('button'));
  const { path, names } = subject(form);
  state.running = true;
  const slow = setTimeout(() => {
    button.ariaBusy = 'true';
  }, BUSY_MS);
  while (state.wish !== state.known) {
    const { wish } = state;
    const answer = await (wish ? write('POST', path) : write('DELETE', `${path}/${me()}`));
    if (answer.status >= 200 && answer.status < 300) {
      state.known = wish;
    } else {
      if (state.wish !== state.known) paint(form, state.known);
      state.wish = state.known;
      explain(answer, names[Number(wish)] ?? '', () => press(form));
    }
  }
  clearTimeout(slow);
  button.ariaBusy = null;
  state.running = false;
}

/** @param {HTMLFormElement} form */
function press(form) {
  let state = states.get(form);
  if (!state) {
    const known = form.querySelector('[aria-pressed="true"], .is-on') !== null;
    state = { wish: known, known, running: false };
    states.set(form, state);
  }
  state.wish = !state.wish;
  paint(form, state.wish);
  if (!state.running) settle(form, state);
}

/** Answers every star and follow button, those that come later too. */
export function startToggles() {
  document.addEventListener('submit', (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!me() || !form.matches('.acts, .follow-form')) return;
    event.preventDefault();
    press(form);
  });
}
