// Bare keys, which a switch in their sheet turns off.

import { me } from './api.js';
import { focusRow, showOrLook } from './list.js';

const OFF = 'keys-off';
const ROWS = '#list > li';

const sheet = /** @type {HTMLDialogElement} */ (document.getElementById('keys'));
const openSheet = () => sheet.showModal();
const here = () => document.activeElement?.closest(`${ROWS}, .single`);

/** @param {number} by */
function step(by) {
  const rows = [...document.querySelectorAll(ROWS)];
  const at = rows.indexOf(/** @type {Element} */ (here()));
  const first = rows.findIndex((row) => row.getBoundingClientRect().top >= 0);
  focusRow(rows[at < 0 ? first : at + by]);
}

function find() {
  const field = document.getElementById('who');
  if (field?.checkVisibility()) field.focus();
  else location.assign('/people');
}

/** What each key does. @type {Record<string, () => void>} */
const ACTIONS = {
  j: () => step(1),
  k: () => step(-1),
  Enter: () => {
    const link = document.activeElement?.matches('.tweet') && here()?.querySelector('.when');
    if (link) /** @type {HTMLElement} */ (link).click();
  },
  f: () =>
    (here() ?? document.querySelector('.single'))
      ?.querySelector(/** @type {'button'} */ ('button.star'))
      ?.click(),
  n: () => document.getElementById('write-button')?.click(),
  '/': find,
  '.': showOrLook,
  h: () => location.assign('/'),
  p: () => me() && location.assign(`/@${me()}`),
  '?': openSheet,
};

/** @param {KeyboardEvent} event */
function press(event) {
  const { target, key } = event;
  const busy = /** @type {Element} */ (target).closest(
    'input, textarea, select, dialog, [popover]',
  );
  const modified = event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
  if (busy || modified || document.querySelector('dialog[open]')) return;
  if (!Object.hasOwn(ACTIONS, key) || localStorage.getItem(OFF)) return;
  if (key !== 'Enter') event.preventDefault();
  ACTIONS[key]?.();
}

export function startKeys() {
  const button = /** @type {HTMLButtonElement | null} */ (document.getElementById('keys-button'));
  const box = /** @type {HTMLInputElement | null} */ (document.getElementById('keys-on'));
  if (!sheet || !button || !box) return;
  button.hidden = false;
  button.onclick = openSheet;
  box.checked = !localStorage.getItem(OFF);
  box.onchange = () => {
    if (box.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, '1');
  };
  document.addEventListener('keydown', press);
}
