// Buttons that answer at once: the last wish wins, a refusal is taken back and said.

import assert from 'node:assert/strict';
import { firstTimes } from './support/proxy.mjs';
import { eventually, webTests } from './support/web.mjs';

const webTest = webTests();
const FAVORITES = /\/favorites(\/|$)/;
const FOLLOWERS = /\/followers(\/|$)/;

/**
 * A reader before somebody's profile with one tweet.
 * @param {import('./support/web.mjs').Visit} visit
 */
async function beforeProfile(visit) {
  const author = await visit.api.join();
  const [id = ''] = await visit.api.tweets(author, 1);
  const reader = await visit.api.join();
  const proxy = await visit.proxy();
  const page = await visit.page(reader, { url: proxy.url });
  await page.goto(`/@${author.username}`);
  const star = page.locator('#list .star').first();
  const follow = page.locator('.person .follow');
  const favorited = async () => (await visit.api.readTweet(author, id, reader)).viewer.favorited;
  const followed = async () =>
    (await visit.api.call('GET', `/api/users/${author.username}?expand=viewer`, reader)).viewer
      .following;
  return { author, id, reader, proxy, page, star, follow, favorited, followed };
}

for (const presses of [9, 10]) {
  webTest(`${presses} quick presses end as the last says, one request at a time`, async (visit) => {
    const { proxy, page, star, follow, favorited, followed } = await beforeProfile(visit);
    const isOn = presses % 2 === 1;
    const delay = (/** @type {string} */ method) => (method === 'GET' ? undefined : { delay: 60 });
    proxy.fault = delay;
    for (const [button, path] of /** @type {const} */ ([
      [star, FAVORITES],
      [follow, FOLLOWERS],
    ])) {
      await button.evaluate((element, n) => {
        for (let press = 0; press < n; press += 1) /** @type {HTMLElement} */ (element).click();
      }, presses);
      // One write to be on, and one more to be off again.
      const writes = () => proxy.count('POST', path) + proxy.count('DELETE', path);
      await eventually(writes, isOn ? 1 : 2);
      await eventually(() => proxy.writing, 0);
    }
    assert.equal(proxy.mostWriting, 1);
    await eventually(favorited, isOn);
    await eventually(followed, isOn);
    assert.equal(await star.getAttribute('aria-pressed'), String(isOn));
    assert.equal(await star.locator('.n').innerText(), isOn ? '1' : '');
    assert.equal(await page.locator('.person .follow.is-on').count(), Number(isOn));
    assert.equal(await page.locator('[data-count=followers]').innerText(), isOn ? '1' : '0');
  });
}

webTest('presses while a request runs wait for it, and nothing is disabled', async (visit) => {
  const { proxy, page, star, favorited } = await beforeProfile(visit);
  proxy.fault = (method) => (method === 'GET' ? undefined : { delay: 3000 });
  for (let press = 1; press <= 5; press += 1) {
    await star.click();
    assert.equal(await star.getAttribute('aria-pressed'), String(press % 2 === 1));
    assert.equal(await page.locator(':disabled').count(), 0);
    if (press === 1) await eventually(() => proxy.writing, 1);
  }
  await eventually(() => proxy.writing, 0);
  assert.equal(proxy.mostWriting, 1);
  await eventually(favorited, true);
});

webTest('the wish shows in the frame of the press', async (visit) => {
  const { proxy, star, follow } = await beforeProfile(visit);
  proxy.fault = (method) => (method === 'GET' ? undefined : { delay: 500 });
  const shown = await star.evaluate((element) => {
    /** @type {HTMLElement} */ (element).click();
    return element.getAttribute('aria-pressed');
  });
  assert.equal(shown, 'true');
  const width = () => follow.evaluate((element) => element.getBoundingClientRect().width);
  const before = await width();
  const isOn = await follow.evaluate((element) => {
    /** @type {HTMLElement} */ (element).click();
    return element.classList.contains('is-on');
  });
  assert.equal(isOn, true);
  assert.equal(await width(), before);
  await follow.hover();
  assert.equal(await width(), before);
  assert.equal(await follow.innerText().then((text) => text.split(/\s/)[0]), 'Unfollow');
});

webTest('a follow button is named by what it says and whose it is', async (visit) => {
  const { page, author } = await beforeProfile(visit);
  const named = (/** @type {string} */ name) => page.getByRole('button', { name, exact: true });
  await named(`Follow ${author.username}`).click();
  await page.mouse.move(1, 1);
  await page.evaluate(() => /** @type {HTMLElement} */ (document.activeElement).blur());
  await named(`Following ${author.username}`).hover();
  await named(`Unfollow ${author.username}`).waitFor();
});

webTest('a refusal is taken back, and said', async (visit) => {
  visit.expect(/status of 404/);
  const { api } = visit;
  const { author, id, page, star } = await beforeProfile(visit);
  await api.remove(author, id);
  await star.click();
  await page.locator('.toast').waitFor();
  assert.match(await page.locator('#toasts').innerText(), /Not favorited/);
  assert.equal(await page.locator('#toasts').getAttribute('role'), 'status');
  assert.equal(await star.getAttribute('aria-pressed'), 'false');
  assert.equal(await star.locator('.n').innerText(), '');
});

webTest('a broken network is tried again with the same key', async (visit) => {
  visit.expect(/net::ERR/);
  const { proxy, page, star, favorited } = await beforeProfile(visit);
  proxy.fault = firstTimes(2, 'lose', FAVORITES);
  /** @type {Set<string | undefined>} */
  const keys = new Set();
  page.on('request', (request) => {
    if (FAVORITES.test(request.url())) keys.add(request.headers()['idempotency-key']);
  });
  await star.click();
  await eventually(() => proxy.count('POST', FAVORITES), 3);
  await eventually(favorited, true);
  assert.equal(keys.size, 1);
  assert.equal(await star.getAttribute('aria-pressed'), 'true');
});

webTest('after four more tries it is given up, said, and can be tried again', async (visit) => {
  visit.expect(/net::ERR/);
  const { proxy, page, follow, followed } = await beforeProfile(visit);
  await page.clock.install();
  proxy.fault = firstTimes(5, 'refuse', FOLLOWERS);
  await follow.click();
  for (const [tries, pause] of [500, 1000, 2000, 4000, 100].entries()) {
    await eventually(() => proxy.count('POST', FOLLOWERS), tries + 1);
    await eventually(() => proxy.writing, 0);
    await page.clock.runFor(pause);
  }
  const again = page.getByRole('button', { name: 'Try again' });
  await again.waitFor();
  assert.equal(await page.locator('.person .follow.is-on').count(), 0);
  await again.click();
  await eventually(followed, true);
  assert.equal(await page.locator('.person .follow.is-on').count(), 1);
});
