// Two ways to use a page: a pointer, or a keyboard alone.

import assert from 'node:assert/strict';
import { WAIT_MS } from './web.mjs';

/**
 * @typedef {import('playwright-core').Locator} Locator
 * @typedef {import('playwright-core').Page} Page
 */

const MOST_TABS = 400;

/** Clicks and types. */
export const pointer = {
  /** @param {Locator} target */
  press: (target) => target.click(),
  /** @param {Locator} target @param {string} text */
  type: (target, text) => target.fill(text),
};

/** @param {Locator} target */
const hasFocus = (target) =>
  target.evaluate((element) => element === document.activeElement).catch(() => false);

/** What an element looks like, with the room that a focus ring takes. @param {Locator} target */
async function picture(target) {
  const box = await target.boundingBox();
  if (!box) return Buffer.alloc(0);
  const clip = { x: box.x - 6, y: box.y - 6, width: box.width + 12, height: box.height + 12 };
  return target.page().screenshot({ clip, caret: 'hide', animations: 'disabled' });
}

/** Goes to an element by Tab, and sees that it looks focused. @param {Locator} target */
async function tabTo(target) {
  const page = target.page();
  await target.waitFor({ timeout: WAIT_MS });
  for (let tabs = 0; tabs < MOST_TABS; tabs += 1) {
    if (await hasFocus(target)) break;
    await page.keyboard.press('Tab');
  }
  assert.ok(await hasFocus(target), `no way to ${target} by Tab`);
  const focused = await picture(target);
  await target.evaluate((element) => /** @type {HTMLElement} */ (element).blur());
  const plain = await picture(target);
  await target.evaluate((element) => {
    // Only an element whose focus came from the keyboard shows it.
    /** @type {HTMLElement} */ (element).focus(/** @type {any} */ ({ focusVisible: true }));
  });
  assert.ok(!focused.equals(plain), `nothing shows that ${target} has the focus`);
}

/** Tab, Enter and letters. */
export const keyboard = {
  /** @param {Locator} target */
  async press(target) {
    await tabTo(target);
    await target.page().keyboard.press('Enter');
  },
  /** @param {Locator} target @param {string} text */
  async type(target, text) {
    await tabTo(target);
    const { keyboard: keys } = target.page();
    await keys.press('Control+a');
    await keys.press('Delete');
    if (/^\d{4}-\d\d-\d\d$/.test(text)) await target.fill(text);
    else await keys.insertText(text);
  },
};
