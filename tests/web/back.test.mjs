// Back is the browser's: the same tweet at the same pixel, at once from its cache, soon without it.

import assert from 'node:assert/strict';
import { eventually, webTests } from './support/web.mjs';

/** @typedef {import('./support/web.mjs').Page} Page */

const webTest = webTests();
const FAR = 100;
const NEAR_PX = 2;
const SOON_MS = 1500;

/** A reader far down in a list of 150 tweets. @param {import('./support/web.mjs').Visit} visit */
async function farDown(visit) {
  const author = await visit.api.join();
  await visit.api.tweets(author, 150);
  const reader = await visit.api.join();
  await visit.api.follow(reader, author);
  const page = await visit.page(reader);
  await page.goto('/');
  await scrollTo(page, FAR);
  return { author, reader, page };
}

/**
 * Reads on until a row is there, and puts it 200 px below the top.
 * @param {Page} page
 * @param {number} n
 */
async function scrollTo(page, n) {
  const rows = page.locator('#list > li');
  while ((await rows.count()) <= n) {
    const before = await rows.count();
    await page.locator('.older a').click();
    await eventually(async () => (await rows.count()) > before, true);
  }
  await rows.nth(n).evaluate((row) => scrollTo(0, scrollY + row.getBoundingClientRect().top - 200));
}

/** @param {Page} page @param {string} id */
const topOf = (page, id) =>
  page.evaluate((row) => document.getElementById(row)?.getBoundingClientRect().top ?? -1, id);

/** Which navigations of a page came from the browser's cache. @param {Page} page */
async function watchRestores(page) {
  const devtools = await page.context().newCDPSession(page);
  /** @type {string[]} */
  const types = [];
  await devtools.send('Page.enable');
  devtools.on('Page.frameNavigated', ({ type }) => types.push(type));
  return types;
}

/**
 * Presses Back, when what asks for it has ended: the browser's cache brings back a page whose
 * evaluations the driver no longer hears of.
 * @param {Page} page
 */
const goBack = (page) =>
  page.evaluate(() => {
    setTimeout(() => history.back());
  });

/** Leaves for a row's own page. @param {Page} page */
async function openRow(page) {
  const link = page.locator('#list > li').nth(FAR).locator('.when');
  const id = (await page.locator('#list > li').nth(FAR).getAttribute('id')) ?? '';
  const path = (await link.getAttribute('href')) ?? '';
  const top = await topOf(page, id);
  await page.evaluate((href) => {
    location.href = href;
  }, path);
  await page.waitForURL(`**${path}`);
  await page.locator('.single').waitFor();
  return { id, top };
}

/** @param {Page} page @param {string} id @param {number} top */
async function assertPlace(page, id, top, wait = SOON_MS) {
  await eventually(async () => Math.abs((await topOf(page, id)) - top) <= NEAR_PX, true, wait);
}

webTest('from the cache: the same tweet at the same pixel', async (visit) => {
  const { page } = await farDown(visit);
  const types = await watchRestores(page);
  const { id, top } = await openRow(page);
  await goBack(page);
  await eventually(() => types.includes('BackForwardCacheRestore'), true);
  await assertPlace(page, id, top);
  const reasons = await page.evaluate(() => {
    const [entry] = performance.getEntriesByType('navigation');
    return /** @type {any} */ (entry).notRestoredReasons;
  });
  assert.equal(reasons, null);
  await eventually(() => page.evaluate(() => document.body.inert), false);
  await page.locator('#list > li').nth(FAR).locator('.star').click();
});

webTest('without the cache, and after a reload: the same tweet, the same place', async (visit) => {
  const { page } = await farDown(visit);
  const devtools = await page.context().newCDPSession(page);
  const types = await watchRestores(page);
  await devtools.send('Network.enable');
  await devtools.send('Page.setBypassCSP', { enabled: false });
  await page.evaluate(() => addEventListener('unload', () => {}));
  const { id, top } = await openRow(page);
  const left = Date.now();
  await goBack(page);
  await page.waitForURL((url) => url.pathname === '/');
  await assertPlace(page, id, top);
  assert.ok(Date.now() - left < SOON_MS);
  assert.ok(!types.includes('BackForwardCacheRestore'));
  await page.reload();
  await assertPlace(page, id, top);
});

webTest('signed out, Back: nothing of the former page can be seen or pressed', async (visit) => {
  visit.expect(/status of 401/);
  const { page } = await farDown(visit);
  await page.evaluate(() => scrollTo(0, 0));
  await page.locator('.me').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('link', { name: 'Sign in' }).first().waitFor();
  await goBack(page);
  await eventually(
    () =>
      page
        .locator('#list > li')
        .count()
        .catch(() => -1),
    0,
  );
  await eventually(() => page.locator('#write-button').count(), 0);
});

webTest('the session ended elsewhere, Back: inert, then as a stranger sees it', async (visit) => {
  visit.expect(/status of 401/);
  const { page, reader } = await farDown(visit);
  const types = await watchRestores(page);
  await openRow(page);
  await visit.api.call('DELETE', '/api/sessions', reader);
  await goBack(page);
  await eventually(() => types.includes('BackForwardCacheRestore'), true);
  await eventually(
    () =>
      page
        .locator('#list > li')
        .count()
        .catch(() => -1),
    0,
  );
  await page.locator('[data-ended]').waitFor();
});

webTest('the reader who scrolls meanwhile is not moved', async (visit) => {
  const { page } = await farDown(visit);
  await page.evaluate(() => addEventListener('unload', () => {}));
  await openRow(page);
  await page.route('**/*part=items*', async (route) => {
    await new Promise((done) => setTimeout(done, 300));
    await route.continue();
  });
  await goBack(page);
  await page.waitForURL((url) => url.pathname === '/');
  await page.mouse.wheel(0, 100);
  await eventually(() => page.locator('#list > li').count(), 40);
  await page.unroute('**/*part=items*');
  assert.ok((await page.evaluate(() => scrollY)) < 2000);
});
