// What people do here, from joining to leaving. Each step can be taken by pointer or keyboard, with
// or without script.

import assert from 'node:assert/strict';
import { PASSWORD } from './api.mjs';
import { eventually } from './web.mjs';

/**
 * @typedef {import('./web.mjs').Page} Page
 * @typedef {import('./web.mjs').Visit} Visit
 * @typedef {import('./api.mjs').Member} Member
 * @typedef {{press: (target: import('playwright-core').Locator) => Promise<void>,
 *   type: (target: import('playwright-core').Locator, text: string) => Promise<void>}} Hand
 * @typedef {{page: Page, hand: Hand, script: boolean, name: string}} Traveller
 */

export const heading = (/** @type {Page} */ page) => page.locator('h1').innerText();
const button = (/** @type {Page} */ page, /** @type {string} */ name) =>
  page.getByRole('button', { name, exact: true });
const field = (/** @type {Page} */ page, /** @type {string} */ label) =>
  page.locator('main').getByLabel(label, { exact: true });
export const firstText = (/** @type {Page} */ page) =>
  page.locator('#list .text').first().innerText();

/** @param {Traveller} traveller */
export async function join({ page, hand, name }) {
  await page.goto('/');
  await hand.press(page.getByRole('link', { name: 'Join' }).first());
  await hand.type(field(page, 'Username'), name);
  await hand.type(field(page, 'First name'), 'Mira');
  await hand.type(field(page, 'Password'), PASSWORD);
  await hand.press(page.locator('main').getByRole('button', { name: 'Join' }));
  await eventually(() => heading(page), 'Home');
}

/** @param {Traveller} traveller */
export async function signOut({ page, hand }) {
  await hand.press(page.locator('.me'));
  await hand.press(page.getByRole('button', { name: 'Sign out', exact: true }));
  await page.getByRole('link', { name: 'Sign in' }).first().waitFor();
}

/** @param {Traveller} traveller @param {string} [password] */
export async function signIn({ page, hand, name }, password = PASSWORD) {
  await page.goto('/login');
  await hand.type(field(page, 'Username'), name);
  await hand.type(field(page, 'Password'), password);
  await hand.press(page.locator('main').getByRole('button', { name: 'Sign in' }));
  await eventually(() => heading(page), 'Home');
}

/** @param {Traveller} traveller @param {string} text */
export async function write({ page, hand }, text) {
  await hand.press(page.locator('#write-button'));
  await hand.type(page.locator('#content'), text);
  await hand.press(button(page, 'Post'));
  await eventually(() => firstText(page), text);
}

/** @param {Traveller} traveller @param {string} name */
export async function find({ page, hand }, name) {
  await hand.type(page.locator('#who'), name);
  await page.keyboard.press('Enter');
  await hand.press(page.locator('main').getByRole('link', { name }).first());
  await page.waitForURL(`**/@${name}`);
}

/**
 * Follows whose profile this is, and favorites their newest tweet.
 * @param {Traveller} traveller
 */
export async function followAndFavorite({ page, hand }) {
  await hand.press(page.locator('.person .follow'));
  await page.locator('.person .follow.is-on').waitFor();
  const star = page.locator('#list .star').first();
  await hand.press(star);
  await eventually(() => star.getAttribute('aria-pressed'), 'true');
  await eventually(() => star.innerText().then((text) => text.replace(/\s+/g, ' ')), 'Favorite 1');
}

/**
 * Reads a list to its end; answers the texts, or names, in their order.
 * @param {Traveller} traveller
 */
export async function readToEnd({ page, hand, script }) {
  const rows = page.locator('#list > li').locator('.text, .who > span');
  const read = [];
  for (;;) {
    const texts = (await rows.allInnerTexts()).filter((text) => !text.startsWith('@') || true);
    const link = page.locator('.older a');
    const isLast = (await link.count()) === 0;
    if (!script || isLast) read.push(...texts);
    if (isLast) return read;
    if (script) {
      await hand.press(link).catch(() => undefined);
      await eventually(async () => (await rows.count()) > texts.length, true);
    } else {
      const address = page.url();
      await hand.press(link);
      await page.waitForURL((url) => url.href !== address);
    }
  }
}

/** @param {Traveller} traveller */
export async function editProfile({ page, hand, name }) {
  await page.goto('/settings');
  await hand.type(page.locator('#description'), 'Listens to birds');
  await hand.press(page.locator('#profile-form button'));
  await page.waitForURL('**/settings?saved=profile');
  await page.goto(`/@${name}`);
  assert.equal(await page.locator('.about').innerText(), 'Listens to birds');
}

/** @param {Traveller} traveller @param {string} password */
export async function changePassword({ page, hand }, password) {
  await page.goto('/settings');
  await hand.type(page.locator('#current_password'), PASSWORD);
  await hand.type(page.locator('#password'), password);
  await hand.press(page.locator('#password-form button'));
  await page.waitForURL('**/settings?saved=password');
}

/** Deletes the newest of one's own tweets. @param {Traveller} traveller */
export async function deleteNewest({ page, hand, script, name }) {
  await page.goto(`/@${name}`);
  const text = await firstText(page);
  await hand.press(page.locator('#list [data-delete]').first());
  const place = script ? page.locator('#delete') : page.locator('main');
  await hand.press(place.getByRole('button', { name: 'Delete', exact: true }));
  await eventually(() => page.locator('#list .text', { hasText: text }).count(), 0);
  return text;
}

/** @param {Traveller} traveller */
export async function signOutEverywhere({ page, hand }) {
  await page.goto('/settings');
  await hand.press(page.locator('#sessions-form button'));
  await page.getByRole('link', { name: 'Sign in' }).first().waitFor();
}

/** @param {Traveller} traveller @param {string} password */
export async function deleteAccount({ page, hand }, password) {
  await page.goto('/settings');
  await hand.type(page.locator('#delete_password'), password);
  await hand.press(page.locator('#delete-form button'));
  await page.getByRole('link', { name: 'Join' }).first().waitFor();
}
