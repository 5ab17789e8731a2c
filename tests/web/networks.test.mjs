// Bad networks, full servers, and pages whose parts come late or never.

import assert from 'node:assert/strict';
import { newName } from './support/api.mjs';
import { pointer } from './support/hands.mjs';
import * as journey from './support/journey.mjs';
import { eventually, sessionCookie, webTests } from './support/web.mjs';

const webTest = webTests();
const LIMIT = { status: 429, headers: { 'Retry-After': '2' }, body: '{}' };
const NOT_DONE = { status: 503, headers: { 'Retry-After': '1' }, body: '{"executed":false}' };

/** @param {import('./support/web.mjs').Visit} visit */
async function throughProxy(visit, tweets = 3) {
  const author = await visit.api.join();
  const ids = await visit.api.tweets(author, tweets);
  const proxy = await visit.proxy();
  const reader = await visit.api.join();
  const page = await visit.page(reader, { url: proxy.url });
  return { author, ids, proxy, reader, page, path: `/@${author.username}` };
}

const isWrite = (/** @type {string} */ method) => method !== 'GET';

webTest(
  'two seconds of latency: the press shows at once, the page is right in the end',
  async (visit) => {
    const { author, ids, proxy, reader, page, path } = await throughProxy(visit);
    await page.goto(path);
    proxy.fault = () => ({ delay: 2000 });
    const star = page.locator('#list .star').first();
    await star.click();
    assert.equal(await star.getAttribute('aria-pressed'), 'true');
    await eventually(() => star.getAttribute('aria-busy'), 'true');
    await eventually(() => star.getAttribute('aria-busy'), null);
    assert.equal((await visit.api.readTweet(author, ids[2] ?? '', reader)).viewer.favorited, true);
  },
);

webTest('answers cut in the middle: the list offers its next page again', async (visit) => {
  visit.expect(/net::ERR/);
  const { proxy, page, path } = await throughProxy(visit, 30);
  proxy.fault = (_, url) => (url.includes('part=') ? 'cut' : undefined);
  await page.goto(path);
  const again = page.getByRole('button', { name: 'Try again' });
  if (!(await again.isVisible())) await page.locator('.older a').click();
  await again.waitFor();
  assert.equal(await page.locator('#list > li').count(), 20);
  proxy.fault = () => undefined;
  await again.click();
  await eventually(() => page.locator('#list > li').count(), 30);
});

webTest('a write whose answer is cut is done once', async (visit) => {
  visit.expect(/net::ERR/);
  const { proxy, reader, page } = await throughProxy(visit);
  await page.goto('/');
  let cuts = 1;
  proxy.fault = (method) => (isWrite(method) && cuts-- > 0 ? 'cut' : undefined);
  await journey.write({ page, hand: pointer, script: true, name: '' }, 'Cut in the middle');
  assert.deepEqual(await visit.api.texts(reader), ['Cut in the middle']);
});

webTest('429: one message, and no request before the wait is over', async (visit) => {
  visit.expect(/status of 429/);
  const { proxy, page, path } = await throughProxy(visit);
  await page.goto(path);
  proxy.fault = (method) => (isWrite(method) ? LIMIT : undefined);
  const stars = page.locator('#list .star');
  await stars.nth(0).click();
  await page.locator('.toast').waitFor();
  const refused = Date.now();
  const asked = proxy.log.length;
  proxy.fault = () => undefined;
  for (let press = 0; press < 6; press += 1) await stars.nth(press % 3).click();
  await page.locator('#write-button').click();
  await page.locator('#content').fill('Too early');
  await page.keyboard.press('Control+Enter');
  assert.equal(await page.locator('.toast').count(), 1);
  assert.match(await page.locator('.toast').innerText(), /Too many requests.*[12] s/s);
  assert.equal(await page.locator('[aria-pressed=true]').count(), 0);
  await eventually(() => page.locator('.toast').count(), 0);
  assert.ok(Date.now() - refused >= 1900);
  assert.equal(proxy.log.length, asked);
  await page.keyboard.press('Control+Enter');
  await eventually(() => proxy.log.length, asked + 1);
});

webTest('503 that has done nothing is tried again, unseen', async (visit) => {
  visit.expect(/status of 503/);
  const { author, ids, proxy, reader, page, path } = await throughProxy(visit);
  await page.goto(path);
  let refusals = 2;
  proxy.fault = (method) => (isWrite(method) && refusals-- > 0 ? NOT_DONE : undefined);
  await page.locator('#list .star').first().click();
  const favorited = async () =>
    (await visit.api.readTweet(author, ids[2] ?? '', reader)).viewer.favorited;
  await eventually(favorited, true);
  assert.equal(await page.locator('.toast').count(), 0);
});

webTest('a server that stops and starts again loses nothing', async (visit) => {
  visit.expect(/net::ERR/);
  const { reader, page } = await throughProxy(visit);
  await page.goto('/');
  await page.locator('#write-button').click();
  await page.locator('#content').fill('Through a restart');
  await visit.server.stop();
  await page.keyboard.press('Control+Enter');
  await visit.server.start();
  await eventually(() => journey.firstText(page).catch(() => ''), 'Through a restart', 10_000);
  assert.deepEqual(await visit.api.texts(reader), ['Through a restart']);
});

webTest('a connection that is refused: the page stays, and says so', async (visit) => {
  visit.expect(/net::ERR/);
  const { proxy, page, path } = await throughProxy(visit);
  await page.goto(path);
  await page.clock.install();
  await proxy.stop();
  await page.locator('#list .star').first().click();
  await eventually(async () => {
    await page.clock.runFor(1000);
    return page.locator('.toast').count();
  }, 1);
  assert.match(await page.locator('.toast').innerText(), /did not answer/);
  assert.equal(await page.locator('[aria-pressed=true]').count(), 0);
  await proxy.start(Number(new URL(proxy.url).port));
});

webTest(
  'a slow style sheet: the text can be read before, and nothing is dark in light',
  async (visit) => {
    const { proxy, reader } = await throughProxy(visit);
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      const page = await visit.page(reader, { url: proxy.url, colorScheme });
      proxy.fault = (_, url) => (url.includes('/assets/style') ? { delay: 1500 } : undefined);
      await page.goto('/', { waitUntil: 'commit' });
      await eventually(
        () => page.evaluate(() => document.querySelector('h1')?.textContent),
        'Home',
      );
      // What is painted before the sheet has come is the ground of the scheme.
      const scheme = await page.evaluate(
        () =>
          /** @type {HTMLMetaElement} */ (document.querySelector('[name=color-scheme]')).content,
      );
      assert.equal(scheme, 'light dark');
      const before = await page.evaluate(
        () =>
          document.head.innerHTML.indexOf('color-scheme') <
          document.head.innerHTML.indexOf('stylesheet'),
      );
      assert.ok(before);
      await page.waitForLoadState();
      const ground = await page.evaluate(
        () => getComputedStyle(document.documentElement).backgroundColor,
      );
      assert.equal(ground, colorScheme === 'light' ? 'rgb(250, 248, 244)' : 'rgb(16, 20, 18)');
    }
  },
);

webTest('a script that never arrives: every form works', async (visit) => {
  visit.expect(/net::ERR/);
  const { author, proxy, path } = await throughProxy(visit);
  proxy.fault = (_, url) => (url.includes('/assets/app') ? 'refuse' : undefined);
  const page = await visit.page(undefined, { url: proxy.url });
  const mira = { page, hand: pointer, script: false, name: newName() };
  await journey.join(mira);
  await journey.write(mira, 'Without any script');
  await page.goto(path);
  await page.locator('.person .follow').click();
  await page.locator('.person .follow.is-on').waitFor();
  await page.locator('#list .star').first().click();
  await eventually(() => page.locator('#list .star[aria-pressed=true]').count(), 1);
  await journey.editProfile(mira);
  await journey.deleteNewest(mira);
  await journey.signOut(mira);
  assert.equal((await visit.api.texts(author)).length, 3);
});

webTest('an asset of another version is answered with the present bytes', async (visit) => {
  const { url } = visit.server;
  const html = await (await fetch(`${url}/join`)).text();
  const paths = html.match(/\/assets\/[\w.-]+/g) ?? [];
  assert.equal(paths.length, 2);
  for (const path of paths) {
    const present = await fetch(url + path);
    const other = await fetch(url + path.replace(/-[0-9a-f]{10}/, '-0123456789'));
    assert.equal(other.status, 200);
    assert.equal(await other.text(), await present.text());
    assert.match(present.headers.get('Cache-Control') ?? '', /immutable/);
    assert.equal(other.headers.get('Cache-Control'), 'no-store');
  }
});

webTest('a token that has ended: reading goes on as a stranger', async (visit) => {
  visit.expect(/status of 401/);
  const { page, proxy, reader } = await throughProxy(visit);
  await visit.api.call('DELETE', '/api/sessions', reader);
  await page.context().addCookies([sessionCookie(reader.token, proxy.url)]);
  await page.goto('/');
  await page.locator('[data-ended]').waitFor();
  assert.deepEqual(await page.context().cookies(), []);
});
