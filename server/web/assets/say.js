// What the page says: one message at the foot, and what only a screen reader hears.

const STAY_MS = 8000;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let leaving;
/** When it is allowed to ask again, as the message on the screen says. */
let countedTo = 0;

/** An element with a text. @param {string} name @param {string} className @param {string} text */
export function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

/**
 * Behind an open dialog nothing is heard or pressed, so a region moves into it.
 * @param {string} id
 */
function region(id) {
  const found = /** @type {HTMLElement} */ (document.getElementById(id));
  const place = document.querySelector('dialog[open]') ?? document.body;
  if (found.parentNode !== place) place.append(found);
  return found;
}

/** Says it to screen readers alone. @param {string} text */
export function speak(text) {
  region('spoken').textContent = text;
}

/** Takes the message away, unless somebody is about to use it. */
function leave() {
  const toasts = region('toasts');
  if (toasts.matches(':hover, :focus-within')) leaving = setTimeout(leave, STAY_MS);
  else toasts.replaceChildren();
}

/**
 * Shows a message in place of the one before; answers its button.
 * @param {string} text
 * @param {string} [label]  of a button
 * @param {() => void} [act]  what the button does
 */
export function say(text, label, act) {
  clearTimeout(leaving);
  countedTo = 0;
  const toast = element('p', 'toast', `${text} `);
  const button = label ? element('button', 'button', label) : undefined;
  if (button) {
    button.onclick = () => {
      region('toasts').replaceChildren();
      act?.();
    };
    toast.append(button);
  }
  region('toasts').replaceChildren(toast);
  leaving = setTimeout(leave, button ? 2 * STAY_MS : STAY_MS);
  return button;
}

/**
 * Counts the seconds down in `place` until `end`; what is read aloud stays as it was.
 * @param {Element} place
 * @param {number} end
 * @param {() => void} [done]
 */
function countDown(place, end, done) {
  const left = Math.ceil((end - Date.now()) / 1000);
  if (!place.isConnected) return;
  if (left > 0) {
    place.textContent = `${left} s`;
    setTimeout(countDown, 1000, place, end, done);
  } else {
    done?.();
  }
}

/** The one message about a limit, counting down. @param {number} end */
export function sayLimit(end) {
  if (countedTo === end) return;
  say('Too many requests at once. You can try again in');
  const toast = /** @type {HTMLElement} */ (document.querySelector('.toast'));
  const number = element('span', '', '');
  number.ariaHidden = 'true';
  toast.append(
    element('span', 'hidden-visually', `${Math.ceil((end - Date.now()) / 1000)} s`),
    number,
  );
  clearTimeout(leaving);
  countedTo = end;
  countDown(number, end, () => toast.remove());
}

/** On a page that says when to come back, counts down. */
export function startSaying() {
  for (const wait of document.querySelectorAll('[data-retry]')) {
    const seconds = Number(/** @type {HTMLElement} */ (wait).dataset.retry);
    wait.ariaHidden = 'true';
    countDown(wait, Date.now() + seconds * 1000, () => {
      wait.textContent = '0 s';
    });
  }
}
