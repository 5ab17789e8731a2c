// Writing: a dialog, and a draft that outlives whatever happens to the page.

import { explain, me, newKey, parse, signInPath, write } from './api.js';
import { showPosted } from './list.js';
import { element, say, speak } from './say.js';
import { isBlank, length } from './text.js';

/**
 * @typedef {{text: string, key?: string}} Draft  the key of its first attempt, once there was one
 */

const MOST = 140;
const NEAR = 20;
/** Under this name a tab remembers who wants to go on writing after signing in. */
const GO_ON = 'write';

const draftName = () => `draft:${me()}`;

/** @returns {Draft} */
function readDraft() {
  try {
    return JSON.parse(localStorage.getItem(draftName()) ?? '');
  } catch {
    return { text: '' };
  }
}

/** @param {Draft} draft */
function keepDraft(draft) {
  if (draft.text) localStorage.setItem(draftName(), JSON.stringify(draft));
  else clearDraft();
}

export const clearDraft = () => localStorage.removeItem(draftName());

/** The form with its field: in the dialog, or on the page for writing. */
class Composer {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.field = /** @type {HTMLTextAreaElement} */ (form.querySelector('textarea'));
    this.left = /** @type {HTMLElement} */ (form.querySelector('#left'));
    this.fault = /** @type {HTMLElement} */ (form.querySelector('#content-fault'));
    this.button = /** @type {HTMLButtonElement} */ (form.querySelector('[type=submit]'));
    this.dialog = form.closest('dialog');
    this.busy = false;
    this.said = '';
    this.fault.role = 'alert';
    this.field.addEventListener('input', () => {
      keepDraft({ text: this.field.value });
      this.count();
    });
    this.field.addEventListener('keydown', (event) => {
      const posts = event.key === 'Enter' && (event.ctrlKey || event.metaKey);
      if (posts && !event.isComposing) form.requestSubmit();
    });
    form.noValidate = true;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.post();
    });
  }

  /** Puts the draft into the field. */
  load() {
    this.field.value = readDraft().text || this.field.value;
    this.count();
  }

  /** Shows how much room there is: the last 20, and what is too many, which is spoken once. */
  count() {
    const used = length(this.field.value);
    const left = MOST - used;
    const state = left < 0 ? 'over' : left <= NEAR ? 'near' : '';
    const text = left < 0 ? `${-left} too many` : `${left} left`;
    this.form.classList.toggle('near', state === 'near');
    this.form.classList.toggle('over', state === 'over');
    this.left.textContent = state && text;
    if (state !== this.said && state) speak(text);
    this.said = state;
    this.button.ariaDisabled = String(isBlank(this.field.value) || left < 0);
    const [bars, filled] = this.form.querySelectorAll('.meter path');
    const all = (bars?.getAttribute('d') ?? '').split('M').slice(1);
    const shown = all.slice(0, Math.ceil((all.length * Math.min(used, MOST)) / MOST));
    filled?.setAttribute('d', shown.map((bar) => `M${bar}`).join(''));
    this.say('');
  }

  /** What is wrong with it, beside the field. @param {string} text @param {Node} [more] */
  say(text, more = document.createTextNode('')) {
    this.fault.hidden = !text;
    this.fault.replaceChildren(text, more);
    this.field.ariaInvalid = text ? 'true' : null;
    if (text) this.field.focus();
  }

  /** Sends it, once at a time and under one key until it is edited. */
  async post() {
    const text = this.field.value;
    if (this.busy) return;
    if (isBlank(text)) return this.say('Write something first.');
    if (length(text) > MOST) return this.say(`That is ${this.left.textContent}.`);
    this.say('');
    this.busy = true;
    this.button.ariaBusy = 'true';
    const kept = readDraft();
    const key = (kept.text === text && kept.key) || newKey();
    keepDraft({ text, key });
    const answer = await write('POST', `/api/users/${me()}/tweets`, { content: text }, key);
    this.busy = false;
    this.button.ariaBusy = null;
    if (answer.status === 201) await this.posted(text, parse(answer).id);
    else this.refused(answer);
  }

  /** @param {string} text @param {string} id */
  async posted(text, id) {
    // Somebody may have gone on writing meanwhile.
    if (this.field.value === text) {
      this.field.value = '';
      clearDraft();
      this.count();
      this.dialog?.close();
    }
    if (!this.dialog) location.assign('/');
    else if (!(await showPosted(id))) {
      say('Posted.', 'See it', () => location.assign(`/@${me()}/${id}`))?.focus();
    }
  }

  /** @param {import('./api.js').Answer} answer */
  refused(answer) {
    const { status } = answer;
    if (this.dialog && !this.dialog.open) {
      explain(answer, 'Not posted, but kept');
    } else if (status === 401) {
      const link = /** @type {HTMLAnchorElement} */ (element('a', '', 'Sign in'));
      link.href = signInPath();
      link.onclick = () => sessionStorage.setItem(GO_ON, me() ?? '');
      this.say('Your session has ended; your text is kept. ', link);
    } else if (status === 0 || status === 503) {
      this.say('The server did not answer. Your text is kept: post it again.');
    } else if (status !== 429) {
      const problem = parse(answer);
      this.say(problem?.errors?.[0]?.detail ?? problem?.detail ?? 'The server could not take it.');
    }
  }
}

/**
 * Everything that opens the dialog, and what closes it.
 * @param {Composer} composer
 * @param {HTMLDialogElement} dialog
 */
function startDialog(composer, dialog) {
  /** @type {Element | null} */
  let opener = null;
  /** @type {EventTarget | null} */
  let pressed = null;
  const open = () => {
    if (dialog.open) return;
    dialog.showModal();
    composer.load();
    composer.field.focus();
  };
  document.addEventListener('click', (event) => {
    const target = /** @type {Element} */ (event.target);
    opener = target.closest('#write-button, a[href="/write"]') ?? opener;
    if (!opener?.contains(target) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    // Where the focus returns to; not every browser gives it to a pressed button.
    if (event.detail) /** @type {HTMLElement} */ (opener).focus();
    open();
  });
  // Outside is where the press begins and ends: a selection may end there too.
  dialog.addEventListener('pointerdown', (event) => {
    pressed = event.target;
  });
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog && pressed === dialog) dialog.close();
  });
  if (sessionStorage.getItem(GO_ON) === me()) open();
}

export function startWriting() {
  const form = /** @type {HTMLFormElement | null} */ (document.querySelector('form.compose'));
  document.addEventListener('submit', (event) => {
    const { action } = /** @type {HTMLFormElement} */ (event.target);
    if (/\/(logout|settings\/(sessions|delete))$/.test(action)) clearDraft();
  });
  if (!form || !me()) return;
  const composer = new Composer(form);
  if (composer.dialog) startDialog(composer, composer.dialog);
  else composer.load();
  sessionStorage.removeItem(GO_ON);
}
