// People, while their name is being typed: a combobox on the search field of the bar.

import { get, parse } from './api.js';
import { element } from './say.js';
import { hasInk } from './text.js';

const PAUSE_MS = 150;
const MOST = 8;

/** @typedef {{username: string, first_name: string, last_name: string}} Person */

/** @param {Person} person @param {number} number */
function option({ username, first_name, last_name }, number) {
  const name = `${first_name} ${last_name}`.trim();
  const row = element('li', '', '');
  row.role = 'option';
  row.id = `who-${number}`;
  row.dataset.path = `/@${username}`;
  const shown = element('b', '', '');
  shown.append(element('bdi', '', hasInk(name) ? name : username));
  row.append(shown, element('span', '', ` @${username}`));
  return row;
}

class Suggestions {
  /** @param {HTMLInputElement} field */
  constructor(field) {
    this.field = field;
    this.rows = element('ul', 'found', '');
    this.rows.role = 'listbox';
    this.rows.id = 'found';
    this.rows.ariaLabel = 'People';
    this.rows.hidden = true;
    this.at = -1;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    field.after(this.rows);
    field.role = 'combobox';
    field.setAttribute('aria-controls', 'found');
    field.ariaAutoComplete = 'list';
    field.ariaExpanded = 'false';
    field.addEventListener('input', () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.ask(), PAUSE_MS);
    });
    field.addEventListener('keydown', (event) => this.press(event));
    field.addEventListener('blur', () => this.show([]));
    // Before the field loses the focus, which would take the row away.
    this.rows.addEventListener('pointerdown', (event) => event.preventDefault());
    this.rows.addEventListener('click', (event) => {
      this.open(/** @type {Element} */ (event.target).closest('li'));
    });
  }

  async ask() {
    const typed = this.field.value;
    const prefix = typed.trim().replace(/^@/, '');
    if (!/^\w{1,30}$/.test(prefix)) return this.show([]);
    const answer = await get(`/api/users?prefix=${prefix}&limit=${MOST}`, true);
    if (this.field.value !== typed || document.activeElement !== this.field) return;
    this.show(answer.status === 200 ? parse(answer).items : []);
  }

  /** @param {Person[]} people */
  show(people) {
    this.rows.replaceChildren(...people.map(option));
    this.rows.hidden = people.length === 0;
    this.field.ariaExpanded = String(people.length > 0);
    this.choose(-1);
  }

  /** @param {number} at */
  choose(at) {
    this.at = at;
    for (const [number, row] of [...this.rows.children].entries()) {
      row.ariaSelected = String(number === at);
    }
    const chosen = this.rows.children[at];
    if (chosen) this.field.setAttribute('aria-activedescendant', chosen.id);
    else this.field.removeAttribute('aria-activedescendant');
  }

  /** @param {Element | null | undefined} row */
  open(row) {
    const { path } = /** @type {HTMLElement} */ (row ?? this.rows).dataset;
    if (path) location.assign(path);
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const n = this.rows.childElementCount;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.isComposing || !n) return;
    if (by) this.choose((this.at + by + (this.at < 0 && by < 0 ? 1 : 0) + n) % n);
    else if (event.key === 'Escape') this.show([]);
    else if (event.key === 'Enter' && this.at >= 0) this.open(this.rows.children[this.at]);
    else return;
    event.preventDefault();
  }
}

export function startSearch() {
  const field = /** @type {HTMLInputElement | null} */ (document.getElementById('who'));
  if (field) new Suggestions(field);
}
